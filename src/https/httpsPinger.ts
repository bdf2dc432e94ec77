import type { Identity } from '../dips/identity.ts';
import type { ProbeResult } from '../model/result.ts';
import type { Target } from '../model/target.ts';
import { createConnectionStore } from './connectionStore.ts';
import { buildDiracxIdentity, type Trust } from './diracxIdentity.ts';
import { type HttpsPingOptions, pingHttps } from './ping.ts';

/** Pings `https` and `diracx+https` targets over connections that it keeps. */
export interface HttpsPinger {
  ping(target: Target, options: Omit<HttpsPingOptions, 'identity'>): Promise<ProbeResult>;
  /** Closes the connections that wait; a ping under way ends by its own deadline. */
  close(): Promise<void>;
}

/** `identity`: what services are shown; `trust`: whom DiracX may be certified by. */
export function createHttpsPinger(identity: Identity | null, trust: Trust): HttpsPinger {
  const connections = createConnectionStore();
  let diracx: Identity | null = null;
  return {
    ping: (target, options) => {
      if (target.scheme === 'diracx+https') diracx ??= buildDiracxIdentity(trust);
      return pingHttps(
        target,
        { ...options, identity: target.scheme === 'diracx+https' ? diracx : identity },
        connections,
      );
    },
    close: () => connections.close(),
  };
}

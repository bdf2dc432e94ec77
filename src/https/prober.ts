import type { Identity } from '../dips/identity.ts';
import { ping } from '../dips/ping.ts';
import type { ProbeResult } from '../model/result.ts';
import type { Target } from '../model/target.ts';
import type { Trust } from './diracxIdentity.ts';
import type { HttpsPinger } from './httpsPinger.ts';
import type { HttpsPingOptions } from './ping.ts';

/** Pings a target by whichever door its scheme names. */
export interface Prober {
  probe(target: Target, options: Omit<HttpsPingOptions, 'identity'>): Promise<ProbeResult>;
  close(): Promise<void>;
}

/** What speaks HTTP is loaded with the first target that needs it: undici takes 70 ms and 7 MB of heap in each thread. */
export function createProber(identity: Identity | null, trust: Trust): Prober {
  let https: Promise<HttpsPinger> | null = null;
  return {
    probe: async (target, options) => {
      if (target.scheme === 'dips' || target.scheme === 'dip') return ping(target, { ...options, identity });
      https ??= import('./httpsPinger.ts').then(({ createHttpsPinger }) => createHttpsPinger(identity, trust));
      return (await https).ping(target, options);
    },
    close: async () => (await https)?.close(),
  };
}

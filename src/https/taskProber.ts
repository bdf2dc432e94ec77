import { buildIdentity, type Identity } from '../dips/identity.ts';
import type { Credential } from '../model/credential.ts';
import type { PingTask } from '../model/pingTask.ts';
import { failedBeforeConnect, type ProbeResult } from '../model/result.ts';
import { formatTarget } from '../model/target.ts';
import { createProber } from './prober.ts';

/** Answers ping tasks with one credential, whenever they are to start. */
export interface TaskProber {
  /** Starts at once. Never rejects: one uncaught error would end every ping under way in its thread. */
  probe(task: PingTask): Promise<ProbeResult>;
  close(): Promise<void>;
}

/** Builds the TLS context, once: one per ping would cost twelve times the throughput. With a credential that is none, pings are `no_credentials`. */
export function createTaskProber(credential: Credential): TaskProber {
  const prober = createProber(identityOf(credential), credential);
  return {
    probe: async ({ target, startInMs: _, ...options }) => {
      try {
        return await prober.probe(target, options);
      } catch (error) {
        return failedBeforeConnect(formatTarget(target), 'overload', `fault in the prober: ${String(error)}`);
      }
    },
    close: () => prober.close(),
  };
}

function identityOf(credential: Credential): Identity | null {
  try {
    return buildIdentity(credential);
  } catch {
    // Whoever starts the prober has checked the credential; its thread must live on all the same.
    return null;
  }
}

import type { ProbeResult } from './result.ts';
import type { Target } from './target.ts';

/** One ping as it is handed to a ping worker. */
export interface PingTask {
  target: Target;
  timeoutMs: number;
  /** As PingOptions.serverName: undefined = the target's host, null = no name is checked. */
  serverName?: string | null | undefined;
  /** As PingOptions.addresses. */
  addresses?: readonly string[] | undefined;
  /** Nobody waits for the result, as of a scheduled ping: it may come some milliseconds later, together with others. */
  isPatient?: boolean | undefined;
}

/** Main thread → ping thread, an array of them in each message. */
export interface PingRequest {
  /** Chosen by the main thread; comes back with the result. */
  id: number;
  task: PingTask;
}

/** Ping thread → main thread, an array of them in each message. */
export interface ResultMessage {
  id: number;
  result: ProbeResult;
}

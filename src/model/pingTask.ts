import type { Target } from './target.ts';

/** One ping as it is handed to a ping worker. */
export interface PingTask {
  target: Target;
  timeoutMs: number;
  /** As PingOptions.serverName: undefined = the target's host, null = no name is checked. */
  serverName?: string | null | undefined;
  /** As PingOptions.addresses. */
  addresses?: readonly string[] | undefined;
  /**
   * Of a scheduled ping: how long from the hand-over it starts. Nobody waits for its result, which may come a fifth of a second late, together with
   * others. Undefined: at once, and somebody waits.
   */
  startInMs?: number | undefined;
}

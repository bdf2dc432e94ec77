import type { Cursor } from '../model/parseTask.ts';

/** How long a container that answers no longer name is remembered: cAdvisor itself keeps 2 minutes of samples by default. */
const REMEMBER_NS = 600_000_000_000n;

/**
 * The cursor after an answer: `newest` holds every container of the answer (ParsedLines.newest).
 * One that is missing from it is kept for a while, so that it is not sent twice when it comes back.
 */
export function advanceCursor(cursor: Cursor | null, newest: Cursor): Cursor {
  const next = new Map(newest);
  const latestNs = [...newest.values()].reduce((latest, ns) => (ns > latest ? ns : latest), 0n);
  for (const [container, ns] of cursor ?? []) {
    if (!next.has(container) && latestNs - ns < REMEMBER_NS) next.set(container, ns);
  }
  return next;
}

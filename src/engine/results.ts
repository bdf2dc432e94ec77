import type { ProbeResult } from '../model/result.ts';

/** A target went up or down, or was seen for the first time. */
export interface Transition {
  result: ProbeResult;
  /** Null at the first result. */
  wasUp: boolean | null;
}

/** The newest result of each target. `overload` says nothing of a service and changes nothing. */
export class ResultBook {
  readonly #latest = new Map<string, ProbeResult>();

  /** Takes a result; tells of the transition it makes, if any. */
  record(result: ProbeResult): Transition | null {
    if (result.reason === 'overload') return null;
    const before = this.#latest.get(result.target);
    this.#latest.set(result.target, result);
    if (before?.ok === result.ok) return null;
    return { result, wasUp: before?.ok ?? null };
  }

  /** In the order in which the targets were first seen. */
  latest(): ProbeResult[] {
    return [...this.#latest.values()];
  }
}

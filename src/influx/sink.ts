import type { CursorMark } from '../model/lineBlock.ts';

/**
 * Where points go. Every point handed over ends as exactly one of accepted, rejected and dropped, and is kept until then:
 * accepted + rejected + dropped + kept = all that were handed over, and those that a spool had at the start.
 */
export interface SinkCounts {
  /** The store has them. */
  accepted: number;
  /** The store refused them, and would again. */
  rejected: number;
  /** Given up: the bound was reached, or the store could not be reached in time. */
  dropped: number;
  /** Waiting to be written, in memory or in a spool, or being written. */
  kept: number;
}

export interface Sink {
  /**
   * Takes over a block of line protocol of `points` lines, each ended by `\n`, and its memory, which nobody else may use from then on.
   * Returns at once and never throws: what becomes of the points is in the counts. `marks` are stored when the lines are safe
   * by the sink that has a spool; others pass them over.
   */
  write(lines: Uint8Array, points: number, marks?: readonly CursorMark[]): void;
  readonly counts: Readonly<SinkCounts>;
  /** Writes what is kept as far as its deadline allows, drops the rest or leaves it to the spool, and lets go of everything. */
  close(): Promise<void>;
}

/** What a sink tells of points that are lost, or that wait because something fails; a pino logger is one. Never given a secret. */
export interface SinkLog {
  warn(fields: { points: number; detail: string; [key: string]: unknown }, message: string): void;
}

/** Hands a block to each of the sinks, to each in memory of its own. */
export function writeToAll(
  sinks: readonly Sink[],
  lines: Uint8Array,
  points: number,
  marks: readonly CursorMark[] = [],
): void {
  // Not slice(): a Buffer's shares its memory.
  for (const sink of sinks.slice(1)) sink.write(new Uint8Array(lines), points, marks);
  sinks[0]?.write(lines, points, marks);
}

export function noCounts(): SinkCounts {
  return { accepted: 0, rejected: 0, dropped: 0, kept: 0 };
}

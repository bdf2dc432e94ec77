import type { LineFormat } from './lineFormat.ts';

/**
 * What the main thread and a parse worker say to each other: one cAdvisor answer in, line protocol out.
 * Plain data only (structured clone); the body and the lines move by transfer, never by copy.
 */

/** `docker` = `/api/v1.3/docker` (object: absolute name → ContainerInfo), `machine` = `/api/v1.3/containers/` (one ContainerInfo). */
export type CadvisorSource = 'docker' | 'machine';

/** Newest sample already sent per container: absolute cgroup name (`/` for the machine) → ns since 1970, UTC. */
export type Cursor = ReadonlyMap<string, bigint>;

/** Everything a worker needs but the body. */
export interface ParseTask {
  readonly source: CadvisorSource;
  /** Value of the tag `host`. */
  readonly host: string;
  /**
   * null: nothing was sent yet, take the newest sample of each container.
   * Else take the samples newer than the cursor; all samples of a container that it does not hold (it is new).
   */
  readonly cursor: Cursor | null;
  readonly format: LineFormat;
}

/** What the worker receives. */
export interface ParseMessage extends ParseTask {
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface ParsedLines {
  readonly ok: true;
  /** UTF-8, one point a line, `\n` after each; empty when there was nothing new. */
  readonly lines: Uint8Array<ArrayBuffer>;
  readonly points: number;
  /** Samples taken into `lines`. */
  readonly samples: number;
  /** Parts left out because they cannot be written: a sample without a usable time, an interface or device without a name. */
  readonly faulty: number;
  /** Newest sample in `lines` per container: what the cursor becomes once the lines are handed over. */
  readonly newest: Cursor;
}

/** An answer that is not cAdvisor's: malformed or truncated JSON, or another shape. */
export interface ParseFailure {
  readonly ok: false;
  /** What was wrong and where, for people. */
  readonly detail: string;
}

export type ParseOutcome = ParsedLines | ParseFailure;

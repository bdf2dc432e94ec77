import type { Lines } from '../model/lineBlock.ts';
import type { LineFormat } from '../model/lineFormat.ts';
import type { CadvisorSource, Cursor, ParsedLines, ParseFailure } from '../model/parseTask.ts';
import type { Question } from './cursor.ts';
import type { CadvisorNode } from './node.ts';

/*
 * What the main thread and a collecting thread say to each other: a question to a node in, line protocol out.
 * Plain data only (structured clone). The body is read and parsed in the thread; the lines move by transfer.
 */

/** What a thread is started with. Holds passwords. */
export interface CollectSetup {
  readonly nodes: readonly CadvisorNode[];
  readonly format: LineFormat;
  /** Of one answer, decompressed. */
  readonly maxBytes: number;
  /** How long a connection stays open for the node's next round. */
  readonly keepAliveMs: number;
}

export interface CollectTask extends Question {
  /** Place of the node among those of the thread. */
  readonly place: number;
  readonly source: CadvisorSource;
  /** As ParseTask.cursor. */
  readonly cursor: Cursor | null;
  /** Of the round that it is part of. */
  readonly timeoutMs: number;
  /** What is left of that, for connecting and receiving. */
  readonly leftMs: number;
}

/** No answer, or none that was taken. */
export interface CollectFailure extends ParseFailure {
  /** It was larger than may be: ask for less. */
  readonly tooLarge: boolean;
}

/** As ParsedLines, but cut into what a batch takes, in the thread: finding the ends of 15,600 lines takes 2 ms. */
export interface CollectedLines extends Omit<ParsedLines, 'lines'> {
  /** All of one memory; not empty. */
  readonly pieces: readonly Lines[];
}

/** `bytes`: of the answer's body as far as it was read, decompressed. */
export type CollectOutcome = (CollectedLines | CollectFailure) & { readonly bytes: number };

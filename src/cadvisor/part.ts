/** The value of one of a sample's keys that was read last, and the lines that came of it. */
export interface Part {
  /** Of which container; null: there is none, or none that may be used again. */
  container: object | null;
  /** In the body. */
  from: number;
  to: number;
  /** In AnswerScan.writer. */
  linesFrom: number;
  linesTo: number;
  /** Where the time of each line begins, there. */
  readonly lineEnds: number[];
  lineEndBytes: number;
  /** How many things were faulty in it. */
  faulty: number;
}

export function createPart(): Part {
  return { container: null, from: 0, to: 0, linesFrom: 0, linesTo: 0, lineEnds: [], lineEndBytes: 0, faulty: 0 };
}

/** What the front counts of itself. */
export interface HttpCounts {
  /** Answers by `route code`. Both come from short lists, whatever is asked. */
  answers: Map<string, number>;
  /** Connections beyond the limit, refused. */
  refusedConnections: number;
  /** Connections cut because their client did not read what it had asked for. */
  slowReaders: number;
  /** Connections cut because too many requests were sent on one without waiting for answers. */
  pipelined: number;
}

/** Starts with nothing counted. */
export function noHttpCounts(): HttpCounts {
  return { answers: new Map(), refusedConnections: 0, slowReaders: 0, pipelined: 0 };
}

/** Counts one answer. */
export function countAnswer({ answers }: HttpCounts, route: string, code: number): void {
  const key = `${route} ${code}`;
  answers.set(key, (answers.get(key) ?? 0) + 1);
}

/** Something that waits for its time. */
export interface Due {
  dueMs: number;
}

/** Waiting things by their time, as a binary heap: each step costs the logarithm of their number. */
export interface DueQueue<T extends Due> {
  readonly size: number;
  /** `dueMs` must not change while it waits. */
  push(entry: T): void;
  /** The one that is due first; undefined: none waits. */
  peek(): T | undefined;
  /** Takes that one out. */
  pop(): T | undefined;
  /** Leaves only those that fit. */
  retain(fits: (entry: T) => boolean): void;
}

export function createDueQueue<T extends Due>(): DueQueue<T> {
  // The entry at `at` is due no later than those at 2·at + 1 and 2·at + 2.
  let heap: T[] = [];
  const at = (index: number) => heap[index] as T;

  function push(entry: T): void {
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (at(parent).dueMs <= entry.dueMs) break;
      heap[index] = at(parent);
      index = parent;
    }
    heap[index] = entry;
  }

  function pop(): T | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && at(child + 1).dueMs < at(child).dueMs) child++;
      if (at(child).dueMs >= last.dueMs) break;
      heap[index] = at(child);
      index = child;
    }
    heap[index] = last;
    return first;
  }

  return {
    get size() {
      return heap.length;
    },
    push,
    pop,
    peek: () => heap[0],
    retain: (fits) => {
      const kept = heap.filter(fits);
      heap = [];
      for (const entry of kept) push(entry);
    },
  };
}

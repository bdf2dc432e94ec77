/** When a phase that waits is told that time is short: what is left then is for a last attempt to learn more. */
const LATE_AFTER = 0.75;

/**
 * The time that a ping has, over all its phases. One timer serves them all, and pings of the same timeout share Node's list of it: a timer
 * for each phase, each of a length of its own, took 20 µs of a ping. `end()` must be called.
 */
export class Deadline {
  readonly #endsAtMs: number;
  #timer: NodeJS.Timeout;
  #isLate = false;
  #isOver = false;
  #expire: (() => void) | null = null;
  #onLate: (() => void) | null = null;

  constructor(timeoutMs: number) {
    this.#endsAtMs = performance.now() + timeoutMs;
    this.#timer = setTimeout(() => this.#becomeLate(), timeoutMs * LATE_AFTER);
  }

  /** What is left, at least 1 ms. */
  leftMs(): number {
    return Math.max(1, this.#endsAtMs - performance.now());
  }

  /**
   * From now on `expire` is called when the time is over, and `onLate` when it is short; where it is already, in the next turn, when
   * whoever watches has begun. Replaces what was watched before.
   */
  watch(expire: () => void, onLate: (() => void) | null = null): void {
    this.#expire = expire;
    this.#onLate = onLate;
    if (this.#isOver) setImmediate(() => this.#expire?.());
    else if (this.#isLate) setImmediate(() => this.#onLate?.());
  }

  /** Nobody is told any more. */
  unwatch(): void {
    this.#expire = null;
    this.#onLate = null;
  }

  end(): void {
    this.unwatch();
    clearTimeout(this.#timer);
  }

  #becomeLate(): void {
    this.#isLate = true;
    this.#timer = setTimeout(() => this.#becomeOver(), this.leftMs());
    this.#onLate?.();
  }

  #becomeOver(): void {
    this.#isOver = true;
    this.#expire?.();
  }
}

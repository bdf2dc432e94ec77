import { type Sink, writeToAll } from './sink.ts';

/** Lines that come one by one, handed to the sinks together: a block of one line each costs them more than the line. */
export interface LineBatch {
  /** Takes one line, `\n` included. */
  add(line: string): void;
  /** Hands over what waits; nothing more is added afterwards. */
  close(): void;
}

const MAX_LINES = 500;

/** Starts with no line. Each waits at most `maxWaitMs`, and at most 500 of them wait. */
export function startLineBatch(sinks: readonly Sink[], maxWaitMs: number): LineBatch {
  let waiting: string[] = [];
  let timer: NodeJS.Timeout | undefined;

  function handOver(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    const lines = Buffer.from(waiting.join(''));
    writeToAll(sinks, lines, waiting.length);
    waiting = [];
  }

  return {
    add: (line) => {
      waiting.push(line);
      if (waiting.length >= MAX_LINES) handOver();
      else timer ??= setTimeout(handOver, maxWaitMs);
    },
    close: handOver,
  };
}

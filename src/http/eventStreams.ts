import type { ServerResponse } from 'node:http';
import type { Transition } from '../model/targetState.ts';
import type { WatchSource } from './frontOptions.ts';
import type { HttpCounts } from './httpCounts.ts';

/** The listeners of `/api/v1/events`. */
export interface EventStreams {
  readonly listeners: number;
  readonly isFull: boolean;
  /** Makes the response a stream of events. */
  open(response: ServerResponse): void;
  /** Ends all of them. */
  close(): void;
}

const MAX_LISTENERS = 100;
/** Below the idle timeout of a proxy in between; also how a listener that is gone without a word is found out. */
const HEARTBEAT_MS = 15_000;
/** A listener that lets so much pile up does not read. */
const MAX_WAITING_BYTES = 256 * 1024;

/** Hands on every transition of the watch, as an event named `transition` with its JSON. */
export function startEventStreams(watch: WatchSource, counts: HttpCounts): EventStreams {
  const streams = new Set<ServerResponse>();
  const unsubscribe = watch.subscribe((transition) => {
    if (streams.size > 0) void send(transition);
  });
  const heartbeat = setInterval(() => write(': still here\n\n'), HEARTBEAT_MS).unref();

  async function send(transition: Transition): Promise<void> {
    const { stringifyTransition } = await import('./json.ts');
    write(`event: transition\ndata: ${stringifyTransition(transition)}\n\n`);
  }

  function write(text: string): void {
    for (const response of streams) {
      response.write(text);
      if (response.writableLength <= MAX_WAITING_BYTES) continue;
      counts.slowReaders++;
      response.destroy();
    }
  }

  return {
    get listeners() {
      return streams.size;
    },
    get isFull() {
      return streams.size >= MAX_LISTENERS;
    },
    open: (response) => {
      streams.add(response);
      response.once('close', () => streams.delete(response));
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(': transitions of the watched targets\n\n');
    },
    close: () => {
      unsubscribe();
      clearInterval(heartbeat);
      for (const response of streams) response.end();
    },
  };
}

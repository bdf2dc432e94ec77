import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from '../answer.ts';
import type { EventStreams } from '../eventStreams.ts';
import type { FrontOptions } from '../frontOptions.ts';
import type { HttpCounts } from '../httpCounts.ts';
import type { Runtime } from '../runtime.ts';

/** One kind of request. */
export interface Route {
  /** As the metrics name it. */
  name: string;
  /** GET brings HEAD along. */
  method: 'GET' | 'POST';
  /** Of the URL as it was sent, and its path. */
  matches(url: string, path: string): boolean;
  /** Whether it exists here; always where it is left out. */
  exists?(options: FrontOptions): boolean;
  /** Rejects with Refusal for what the request got wrong. */
  answer(call: Call): Promise<Answer | Stream> | Answer | Stream;
}

/** What a route is given. */
export interface Call {
  request: IncomingMessage;
  /** As it was sent. */
  url: string;
  options: FrontOptions;
  desk: Desk;
}

/** What the front keeps for its routes. */
export interface Desk {
  counts: HttpCounts;
  events: EventStreams | null;
  isStopping: boolean;
  /** From the first scrape on. */
  runtime: Runtime | null;
  connections(): number;
}

/** An answer without an end: from here on the response is the route's own. */
export interface Stream {
  stream(response: ServerResponse): void;
}

/** A header that may be there once; of several the first counts. */
export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

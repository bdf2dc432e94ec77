/** An HTTP request as a ping sends it; the host is said by the connection. */
export interface HttpRequest {
  method: 'GET' | 'POST';
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string | null;
}

/** An HTTP answer, whole. */
export interface HttpAnswer {
  status: number;
  /** As the service wrote it; may be empty. */
  statusText: string;
  /** Of the header, in lower case and without its parameters; empty = none. */
  contentType: string;
  body: Buffer;
}

/** Sends a request on the connection of a ping and gives the whole answer. Rejects with ProbeFailure. */
export type Send = (request: HttpRequest) => Promise<HttpAnswer>;

/**
 * A DIPS service reads up to 1024 bytes of what has no colon in its first ten before it says that this is no proposal, and waits 600 s
 * for them, a thread of its own taken (docs/protocol-dips.md §2). So that it says so at once, a request is longer than that.
 */
export const PADDING = '.'.repeat(1024);

/** Headers of every request. None asks for compression: the answers are small. */
export const COMMON_HEADERS = { accept: 'application/json', 'user-agent': 'dips-probe', 'x-padding': PADDING };

/** `HTTP 404 Not Found`. */
export function describeStatus({ status, statusText }: HttpAnswer): string {
  return `HTTP ${status} ${statusText.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 200)}`.trimEnd();
}

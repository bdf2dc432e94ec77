import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Dispatcher, request } from 'undici';
import { errorText, firstLine } from '../model/errorText.ts';
import type { CadvisorSource } from '../model/parseTask.ts';
import type { Question } from './cursor.ts';
import type { CadvisorNode } from './node.ts';

const PATHS: Record<CadvisorSource, string> = { docker: '/api/v1.3/docker', machine: '/api/v1.3/containers/' };

/** Of an error answer as much as its first line may need. */
const MAX_ERROR_BYTES = 4096;

/** Bytes of bodies that are being received, and how many may be. Shared by all scrapes of a thread. */
export interface ReceiveBudget {
  heldBytes: number;
  readonly maxBytes: number;
}

export interface ScrapeRequest extends Question {
  node: Pick<CadvisorNode, 'url' | 'login'>;
  source: CadvisorSource;
  /** Of the body, decompressed. */
  maxBytes: number;
  budget: ReceiveBudget;
  /** Begins to read the body when it is this answer's turn. */
  inTurn: <Result>(read: () => Promise<Result>) => Promise<Result>;
  /** Carries the deadline: when it aborts, its reason's message is the failure's detail. */
  signal: AbortSignal;
  dispatcher: Dispatcher;
}

export type ScrapeOutcome =
  | { ok: true; body: Uint8Array<ArrayBuffer> }
  | { ok: false; tooLarge: boolean; detail: string };

/**
 * Asks a cAdvisor for its newest samples. The body is whole, at most `maxBytes`, and has a buffer of its own.
 * Every error of cAdvisor is a 500 with a text, whose first line is the failure's detail. Never throws; the detail holds no secret.
 */
export async function scrape(wanted: ScrapeRequest): Promise<ScrapeOutcome> {
  const { node, source, maxBytes, budget, inTurn, signal, dispatcher } = wanted;
  let wasBusy = false;
  try {
    const { statusCode, headers, body } = await request(node.url + PATHS[source], {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip', ...authorization(node.login) },
      body: questionBody(wanted),
      signal,
      dispatcher,
    });
    const isGzip = headers['content-encoding'] === 'gzip';
    const limit = statusCode === 200 ? maxBytes : Math.min(maxBytes, MAX_ERROR_BYTES);
    const read = await inTurn(() => {
      wasBusy = signal.aborted;
      return readBody(body, isGzip, limit, budget);
    });
    if (statusCode !== 200) return failed(refusal(statusCode, read.bytes, node.login !== null));
    return read.excess === null ? { ok: true, body: read.bytes } : failed(read.excess, true);
  } catch (error) {
    if (wasBusy)
      return failed('the collecting thread was too busy to read the answer in time: is one enough for all nodes?');
    return failed(errorText(signal.aborted ? signal.reason : error));
  }
}

function failed(detail: string, tooLarge = false): ScrapeOutcome {
  return { ok: false, tooLarge, detail };
}

function authorization(login: CadvisorNode['login']): Record<string, string> {
  if (login === null) return {};
  return { authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}` };
}

function questionBody({ numStats, start }: Question): string {
  return JSON.stringify({ num_stats: numStats, ...(start !== null && { start }) });
}

function refusal(statusCode: number, text: Uint8Array, hasLogin: boolean): string {
  const said = `answered ${statusCode}: ${firstLine(Buffer.from(text).toString()) || 'no text'}`;
  if (statusCode !== 401) return said;
  return `${said} (${hasLogin ? 'it does not take our username and password' : 'it wants a username and a password'})`;
}

interface ReadBody {
  /** As far as it was read, at most `maxBytes`. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Why no more was read; null: it is whole. */
  excess: string | null;
}

/** Reads a body, decompressed. Where it is more than may be, the connection is closed and no more is read. */
async function readBody(
  body: Dispatcher.ResponseData['body'],
  isGzip: boolean,
  maxBytes: number,
  budget: ReceiveBudget,
): Promise<ReadBody> {
  if (!isGzip) return readUpTo(body, maxBytes, budget);
  let read: ReadBody | undefined;
  await pipeline(body, createGunzip(), async (chunks: AsyncIterable<Uint8Array>) => {
    read = await readUpTo(chunks, maxBytes, budget);
  }).catch((error) => {
    // Leaving the middle of a stream is an error to a pipeline.
    if (!read) throw error;
  });
  return read as ReadBody;
}

async function readUpTo(source: AsyncIterable<Uint8Array>, maxBytes: number, budget: ReceiveBudget): Promise<ReadBody> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let excess: string | null = null;
  try {
    for await (const chunk of source) {
      chunks.push(chunk);
      size += chunk.length;
      budget.heldBytes += chunk.length;
      if (size > maxBytes) excess = `the answer is larger than ${maxBytes} bytes`;
      else if (budget.heldBytes > budget.maxBytes)
        excess = `more than ${budget.maxBytes} bytes of answers are being received at once`;
      if (excess !== null) break; // leaving the loop destroys the body
    }
    return { bytes: joined(chunks, Math.min(size, maxBytes)), excess };
  } finally {
    budget.heldBytes -= size;
  }
}

/** The first `size` bytes of the chunks in one buffer. */
function joined(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  // Every byte is written below; a pooled buffer could not be this one's alone.
  const bytes = Buffer.allocUnsafeSlow(size) as Uint8Array<ArrayBuffer>;
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk.subarray(0, size - offset), offset);
    offset += chunk.length;
  }
  return bytes;
}

import { type Dispatcher, request } from 'undici';
import { errorText, firstLine } from '../model/errorText.ts';
import type { CadvisorSource } from '../model/parseTask.ts';

const PATHS: Record<CadvisorSource, string> = { docker: '/api/v1.3/docker', machine: '/api/v1.3/containers/' };

/** Of an error answer as much as its first line may need. */
const MAX_ERROR_BYTES = 4096;

export interface ScrapeRequest {
  /** `host:port` of the node. */
  address: string;
  source: CadvisorSource;
  /** How many of the newest samples are wanted of each container, at least 1. */
  numStats: number;
  maxBytes: number;
  /** Carries the deadline: when it aborts, its reason's message is the failure's detail. */
  signal: AbortSignal;
  dispatcher: Dispatcher;
}

export type ScrapeOutcome =
  | { ok: true; body: Uint8Array<ArrayBuffer> }
  | { ok: false; tooLarge: boolean; detail: string };

/**
 * Asks a cAdvisor for the newest samples. The body is whole, at most `maxBytes`, and has a buffer of its own that can be transferred.
 * Every error of cAdvisor is a 500 with a text, whose first line is the failure's detail. Never throws.
 */
export async function scrape(wanted: ScrapeRequest): Promise<ScrapeOutcome> {
  const { address, source, numStats, maxBytes, signal, dispatcher } = wanted;
  try {
    const { statusCode, body } = await request(`http://${address}${PATHS[source]}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ num_stats: numStats }),
      signal,
      dispatcher,
    });
    const { bytes, isWhole } = await readUpTo(body, statusCode === 200 ? maxBytes : MAX_ERROR_BYTES);
    if (statusCode !== 200)
      return failed(`answered ${statusCode}: ${firstLine(Buffer.from(bytes).toString()) || 'no text'}`);
    return isWhole ? { ok: true, body: bytes } : failed(`the answer is larger than ${maxBytes} bytes`, true);
  } catch (error) {
    return failed(errorText(signal.aborted ? signal.reason : error));
  }
}

function failed(detail: string, tooLarge = false): ScrapeOutcome {
  return { ok: false, tooLarge, detail };
}

/** A body's first `maxBytes` bytes in one buffer. Where there are more, the connection is closed and no more is read. */
async function readUpTo(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; isWhole: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) break; // leaving the loop destroys the body
  }
  const bytes = new Uint8Array(Math.min(size, maxBytes));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk.subarray(0, bytes.length - offset), offset);
    offset += chunk.length;
  }
  return { bytes, isWhole: size <= maxBytes };
}

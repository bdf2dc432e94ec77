import { firstLine } from '../model/errorText.ts';
import type { RefusedLine } from './lineRefusal.ts';

/** An answer as it came. */
export interface HttpAnswer {
  status: number;
  /** The reason phrase. */
  phrase: string;
  retryAfter: string | undefined;
  /** Empty where there is none, or it is too long to be read. */
  body: string;
}

/** The server does not take the lines now, and may later. */
export interface Unwritten {
  kind: 'keep';
  /** For people; holds no secret. */
  detail: string;
  /** Somebody has to do something: time alone does not help. */
  isAlarm: boolean;
  /** How long the server asks to be left alone; null: it does not say. */
  retryAfterMs: number | null;
}

/** What became of one write. */
export type WriteAnswer =
  | { kind: 'accepted' }
  /** It says that lines are bad; `message`: what it says of them, whole. */
  | { kind: 'refused'; detail: string; message: string }
  | { kind: 'tooLarge'; detail: string }
  | Unwritten;

/** More is not believed: a proxy that says `Retry-After: 86400` would cost a day. */
const MAX_RETRY_AFTER_MS = 300_000;
/** Go's and nginx's word for a plain request on a TLS port, a 400 like that for bad lines. */
const WANTS_TLS = /HTTPS (server|port)/i;

/**
 * What an answer means. docs/decisions/0052 has the same table.
 *
 * | status | |
 * |---|---|
 * | 204 | accepted |
 * | 400, 422 | bad lines; but a 400 that asks for HTTPS: kept, alarm |
 * | 413 | too large: written in halves |
 * | 408, 429, 5xx | kept, and tried again, after `Retry-After` if there is one |
 * | everything else | kept, alarm: 401, 403, 404 and redirects are for people, another success is another server's |
 */
export function judgeAnswer(answer: HttpAnswer, nowMs: number): WriteAnswer {
  const { status } = answer;
  const { message, text } = readBody(answer);
  const detail = `answered ${status}: ${firstLine(text) || 'no text'}`;
  if (status === 204) return { kind: 'accepted' };
  if (status < 300) return keep(`answered ${status}, expected 204: is this InfluxDB?`, true, null);
  if (status === 413) return { kind: 'tooLarge', detail };
  if (status === 422 || (status === 400 && !WANTS_TLS.test(text))) return { kind: 'refused', detail, message };
  const isPassing = status >= 500 || status === 429 || status === 408;
  return keep(detail, !isPassing, isPassing ? readRetryAfter(answer.retryAfter, nowMs) : null);
}

export function keep(detail: string, isAlarm = false, retryAfterMs: number | null = null): Unwritten {
  return { kind: 'keep', detail, isAlarm, retryAfterMs };
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3), in ms from now and at most 5 minutes; null where it is neither. `nowMs` since 1970. */
export function readRetryAfter(text: string | undefined, nowMs: number): number | null {
  if (text === undefined) return null;
  const dateMs = text.endsWith(' GMT') ? Date.parse(text) : Number.NaN;
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : dateMs - nowMs;
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS);
}

/**
 * What the server says, whole and for people. 1.x: `{"error": "…"}`; 2: `{"code": …, "message": "…"}`; 3: `{"error": "…", "data": […]}`,
 * where the data name the lines and `message` stays JSON; or whatever text came.
 */
function readBody({ body, phrase }: HttpAnswer): { message: string; text: string } {
  try {
    const { error, message, data } = JSON.parse(body) as { error?: string; message?: string; data?: RefusedLine[] };
    const text = String(error ?? message ?? body);
    const why = [data].flat()[0]?.error_message;
    return why === undefined ? { message: text, text } : { message: body, text: `${text}: ${why}` };
  } catch {
    return { message: body, text: body || phrase };
  }
}

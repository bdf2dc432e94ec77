import type { ProbeResult } from '../model/result.ts';

/** An HTTP answer, ready to be written. */
export interface Answer {
  status: number;
  /** Reason phrase; undefined = the usual one of the status. */
  statusText?: string;
  contentType: string;
  body: string;
  headers?: Record<string, string>;
}

/** What Consul's agents are told to wait when the prober is at its cap. */
const RETRY_AFTER_SECONDS = 1;
const MAX_STATUS_TEXT = 200;

/**
 * The answer to a ping: 200 up, 418 down (the pinger of the Python days said so, and Consul's checks are built on it), 429 when
 * the prober itself could not ping, 403 when it may not. `json`: the whole result, already written; null = text. The text for a healthy service is
 * the same at every run: a changing one costs Consul a raft write per check.
 */
export function answerPing(result: ProbeResult, json: string | null): Answer {
  const content =
    json === null
      ? { contentType: 'text/html; charset=utf-8', body: describe(result) }
      : { contentType: 'application/json', body: `${json}\n` };
  if (result.ok) return { status: 200, ...content };
  const statusText = toStatusText(result.detail ?? `${result.reason}`);
  if (result.reason === 'overload') {
    return { status: 429, statusText, ...content, headers: { 'retry-after': String(RETRY_AFTER_SECONDS) } };
  }
  if (result.reason === 'forbidden_target') return { status: 403, statusText, ...content };
  return { status: 418, statusText, ...content };
}

/** A refusal in plain text; the text is also the status line's. */
export function answerText(status: number, text: string): Answer {
  return { status, statusText: toStatusText(text), contentType: 'text/plain; charset=utf-8', body: `${text}\n` };
}

function describe({ ok, target, version, reason, detail }: ProbeResult): string {
  return escapeHtml(ok ? `up: ${target} version ${version ?? 'unknown'}\n` : `${reason}: ${detail}\n${target}\n`);
}

/** One line of printable ASCII: whatever a service said must not end the status line or start a header. */
function toStatusText(text: string): string {
  return text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, MAX_STATUS_TEXT);
}

/** The type is text/html as it always was, so a service's words must not be markup. */
function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

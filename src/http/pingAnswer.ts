import { type Answer, toStatusText } from './answer.ts';
import type { PingAnswer, StatusProfile } from './frontOptions.ts';

/** What Consul's agents are told to wait when the prober is at its cap. */
export const RETRY_AFTER = { 'retry-after': '1' };

/** By state. 418 is what the pinger of the Python days said of a service that is down; Consul takes 429 for a warning. */
const STATUS = {
  legacy: { up: 200, degraded: 200, down: 418 },
  consul: { up: 200, degraded: 429, down: 503 },
} as const;

/**
 * The answer to a ping: the status of its state by the profile; 429 when the prober itself could not ping, 403 when it may not.
 * `json`: the whole result, already written; null = text. The text for a healthy service is the same at every run: a changing one
 * costs Consul a raft write per check.
 */
export function answerPing(ping: PingAnswer, profile: StatusProfile, json: string | null): Answer {
  const { result, ageMs, grade } = ping;
  const content =
    json === null
      ? { contentType: 'text/html; charset=utf-8', body: describe(ping) }
      : { contentType: 'application/json', body: `${json}\n` };
  const headers = ageMs === null ? {} : { 'x-result-age': (ageMs / 1000).toFixed(3) };
  const statusText = toStatusText(result.detail ?? `${grade.state}: ${grade.reason}`);
  if (result.reason === 'overload') {
    return { status: 429, statusText, ...content, headers: { ...headers, ...RETRY_AFTER } };
  }
  if (result.reason === 'forbidden_target') return { status: 403, statusText, ...content, headers };
  const status = STATUS[profile][grade.state];
  return status === 200 ? { status, ...content, headers } : { status, statusText, ...content, headers };
}

function describe({ result, grade }: PingAnswer): string {
  const { ok, target, version, reason, detail } = result;
  if (!ok) return escapeHtml(`${reason}: ${detail}\n${target}\n`);
  const why = grade.reason === null ? '' : ` (${grade.reason})`;
  return escapeHtml(`${grade.state}: ${target} version ${version ?? 'unknown'}${why}\n`);
}

/** The type is text/html as it always was, so a service's words must not be markup. */
function escapeHtml(text: string): string {
  return !/[&<>]/.test(text) ? text : text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

import { parseHost, parsePort, parseService, type Target, TargetError } from '../model/target.ts';

/** What a `/ping` URL asks for, or the status text of the 400 it gets. */
export type PingQuery = { target: Target; json: boolean } | { refused: string };

/** Looked for in this order, as the pinger of the Python days did: its 400 names the first that is missing. */
const REQUIRED = ['host', 'port', 'service'] as const;

/**
 * Reads `?host=H&port=P&service=System/Service`. A raw slash and `%2F` are the same; `+` is a plus sign. Of a parameter given
 * twice the last counts; others than these are ignored, but for `format=json`.
 */
export function parsePingQuery(url: string): PingQuery {
  const fields = splitQuery(url);
  if (typeof fields === 'string') return { refused: fields };
  const missing = REQUIRED.find((name) => !fields.get(name));
  if (missing) return { refused: `Missing Param ! ${missing}` };
  const [host = '', port = '', service = ''] = REQUIRED.map((name) => fields.get(name));
  try {
    const target: Target = {
      scheme: 'dips',
      host: parseHost(host),
      port: parsePort(port),
      service: parseService(service),
    };
    return { target, json: fields.get('format') === 'json' };
  } catch (error) {
    if (error instanceof TargetError) return { refused: error.message };
    throw error;
  }
}

function splitQuery(url: string): Map<string, string> | string {
  const fields = new Map<string, string>();
  const start = url.indexOf('?');
  if (start < 0) return fields;
  for (const piece of url.slice(start + 1).split('&')) {
    if (piece === '') continue;
    const [name = '', value, ...more] = piece.split('=');
    if (value === undefined || more.length > 0) return 'Query not understood: expected name=value pairs joined by &';
    try {
      fields.set(name, decodeURIComponent(value));
    } catch {
      return `Query not understood: ${name} is not percent-encoded UTF-8`;
    }
  }
  return fields;
}

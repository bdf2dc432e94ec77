import { parseHost, parsePort, parseService, parseTarget, type Target, TargetError } from '../model/target.ts';
import type { AskedPing } from './frontOptions.ts';
import { callerTimeoutMs, durationField, parseQuery, Refusal, shown } from './query.ts';

/** Looked for in this order, as the pinger of the Python days did: its 400 names the first that is missing. */
const REQUIRED = ['host', 'port', 'service'] as const;

/**
 * What a `/ping` URL asks for: `?host=H&port=P&service=System/Service`, and of ours `timeout=`, `maxAge=` (times) and `format=json`;
 * others are ignored. `scrapeTimeout`: the header X-Prometheus-Scrape-Timeout-Seconds. Throws Refusal.
 */
export function parsePingQuery(url: string, scrapeTimeout: string | undefined): { ping: AskedPing; json: boolean } {
  const fields = parseQuery(url);
  const missing = REQUIRED.find((name) => !fields.get(name));
  if (missing) throw new Refusal(400, `Missing Param ! ${missing}`);
  const [host = '', port = '', service = ''] = REQUIRED.map((name) => fields.get(name));
  const target = readTarget(() => ({
    scheme: 'dips',
    host: parseHost(host),
    port: parsePort(port),
    service: parseService(service),
  }));
  const timeoutMs = callerTimeoutMs(fields, scrapeTimeout);
  return {
    ping: { target, timeoutMs, maxAgeMs: durationField(fields, 'maxAge') },
    json: fields.get('format') === 'json',
  };
}

/** The scheme of a target that names none. */
const SCHEMES: Readonly<Record<string, string>> = { dips: 'dips', https: 'https', diracx: 'diracx+https' };

/**
 * What a `/probe` URL asks for, in Prometheus's multi-target form: `?target=T&module=dips|https|diracx`. T is anything that the
 * command `ping` takes; the module is the scheme of a target without one. Throws Refusal.
 */
export function parseProbeQuery(url: string, scrapeTimeout: string | undefined): AskedPing {
  const fields = parseQuery(url);
  const module = fields.get('module') || 'dips';
  if (!Object.hasOwn(SCHEMES, module)) {
    throw new Refusal(400, `Unknown module ${shown(module)}: expected one of ${Object.keys(SCHEMES).join(', ')}`);
  }
  const text = fields.get('target');
  if (!text) throw new Refusal(400, 'Target parameter is missing: expected ?target=dips://host:port/System/Service');
  const target = readTarget(() => parseTarget(text.includes('://') ? text : `${SCHEMES[module]}://${text}`));
  return { target, timeoutMs: callerTimeoutMs(fields, scrapeTimeout), maxAgeMs: durationField(fields, 'maxAge') };
}

/** Throws Refusal for what the target got wrong. */
export function readTarget(read: () => Target): Target {
  try {
    return read();
  } catch (error) {
    if (error instanceof TargetError) throw new Refusal(400, error.message);
    throw error;
  }
}

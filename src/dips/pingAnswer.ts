import { NO_FACTS, type ServiceFacts } from '../model/result.ts';
import { WireError, type WireValue } from './wireValue.ts';

/** Longest text taken over from an answer: it goes into labels, pages and points. */
const MAX_TEXT = 200;

/**
 * The facts in a ping answer's dictionary (keys as RequestHandler.export_ping has them, docs/protocol-dips.md §2.7).
 * A field that is absent or of another type is null: releases differ, and the service did answer. Throws WireError where it is no
 * dictionary.
 */
export function readPingValue(answer: WireValue | undefined): ServiceFacts {
  if (!(answer instanceof Map)) throw new WireError('expected a dictionary as the answer to ping');
  const now = answer.get('time');
  const start = answer.get('service start time');
  return {
    ...NO_FACTS,
    version: readText(answer.get('version')),
    name: readText(answer.get('name')),
    serviceUptimeSeconds: readUptime(now, start) ?? readSeconds(answer.get('service uptime')),
    serviceStartTime: start instanceof Date ? start.toISOString() : null,
    hostUptimeSeconds: readSeconds(answer.get('host uptime')),
    load: readLoad(answer.get('load')),
  };
}

function readText(value: WireValue | undefined): string | null {
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : null;
}

function readSeconds(value: WireValue | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** From the answer's own two times: the field `service uptime` counts a day as an hour up to v7r3. */
function readUptime(now: WireValue | undefined, start: WireValue | undefined): number | null {
  if (!(now instanceof Date && start instanceof Date)) return null;
  return Math.max(0, Math.floor((now.getTime() - start.getTime()) / 1000));
}

function readLoad(value: WireValue | undefined): [number, number, number] | null {
  if (typeof value !== 'string') return null;
  const [one, five, fifteen] = value.trim().split(/\s+/).map(Number);
  if (one === undefined || five === undefined || fifteen === undefined) return null;
  return [one, five, fifteen].every(Number.isFinite) ? [one, five, fifteen] : null;
}

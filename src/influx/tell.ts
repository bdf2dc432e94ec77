import type { InfluxTarget } from '../model/influxTarget.ts';
import type { SinkCounts, SinkLog } from './sink.ts';

/** What the sink tells people of its points, without filling the log. */
export interface Teller {
  /** Points are lost; at most every 10 s, as a refusal repeats with every batch until somebody acts. */
  lost(outcome: 'rejected' | 'dropped', points: number, detail: string): void;
  /** Something does not take points: when what it says changes (but not within 10 s), and every 10 minutes. */
  failing(what: Taker, detail: string): void;
  /** It takes points; told if it was told that it did not. */
  fine(what: Taker): void;
}

export type Taker = 'server' | 'spool';

const SELDOM_MS = 10_000;
const STILL_MS = 600_000;

export function createTeller(log: SinkLog, target: InfluxTarget, counts: SinkCounts): Teller {
  const place = target.version === 2 ? { bucket: target.bucket } : { database: target.database };
  const told = new Map<Taker, { detail: string; atMs: number }>();
  let lostAtMs = Number.NEGATIVE_INFINITY;

  const say = (message: string, points: number, detail: string) =>
    log.warn({ url: target.url, ...place, points, detail, ...counts }, message);

  return {
    lost: (outcome, points, detail) => {
      if (performance.now() - lostAtMs < SELDOM_MS) return;
      lostAtMs = performance.now();
      say(`points ${outcome}`, points, detail);
    },
    failing: (what, detail) => {
      const last = told.get(what);
      const sinceMs = last ? performance.now() - last.atMs : Number.POSITIVE_INFINITY;
      if (sinceMs < (detail === last?.detail ? STILL_MS : SELDOM_MS)) return;
      told.set(what, { detail, atMs: performance.now() });
      say('points kept', counts.kept, what === 'spool' ? `the spool: ${detail}` : detail);
    },
    fine: (what) => {
      const last = told.get(what);
      if (!told.delete(what) || !last) return;
      say('points taken again', counts.kept, `the ${what} is back, it was: ${last.detail}`);
    },
  };
}

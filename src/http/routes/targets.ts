import { errorText } from '../../model/errorText.ts';
import { formatTarget, parseTarget } from '../../model/target.ts';
import { answerJson } from '../answer.ts';
import type { WatchSource } from '../frontOptions.ts';
import { readTarget } from '../pingQuery.ts';
import { decodePart, parseQuery, pathOf, Refusal, shown, spanField } from '../query.ts';
import type { Route } from './route.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;
const HISTORY_PATH = /^\/api\/v1\/targets\/([^/]+)\/history$/;

/** The watched targets as they are now. */
export const targetsRoute: Route = {
  name: '/api/v1/targets',
  method: 'GET',
  matches: (_url, path) => path === '/api/v1/targets',
  exists: ({ watch }) => watch !== undefined,
  answer: async ({ options: { watch } }) => {
    const { stringifyStatuses } = await import('../json.ts');
    return answerJson(stringifyStatuses((watch as WatchSource).statuses()));
  },
};

/** What was: `/api/v1/targets/<URL, percent-encoded>/history?since=1h&limit=100`, newest first. */
export const historyRoute: Route = {
  name: '/api/v1/targets/history',
  method: 'GET',
  matches: (_url, path) => HISTORY_PATH.test(path),
  exists: ({ watch }) => watch !== undefined,
  answer: async ({ url, options }) => {
    const watch = options.watch as WatchSource;
    const [, key = ''] = HISTORY_PATH.exec(pathOf(url)) ?? [];
    const target = formatTarget(readTarget(() => parseTarget(decodePart(key, 'the target'))));
    const fields = parseQuery(url);
    const backMs = spanField(fields, 'since');
    const sinceMs = backMs === undefined ? 0 : Date.now() - backMs;
    const limit = limitOf(fields.get('limit'));
    const history = await watch.history(target, { sinceMs, limit }).catch((error) => {
      throw new Refusal(503, errorText(error));
    });
    // A target that was watched once may still have a history.
    if (history.entries.length + history.transitions.length === 0 && !isWatched(watch, target)) {
      throw new Refusal(404, `${target} is not watched: GET /api/v1/targets lists those that are`);
    }
    const { stringifyHistory } = await import('../json.ts');
    return answerJson(stringifyHistory(history));
  },
};

function isWatched(watch: WatchSource, url: string): boolean {
  return watch.statuses().some(({ target }) => target === url);
}

function limitOf(text = String(DEFAULT_LIMIT)): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LIMIT) {
    throw new Refusal(400, `limit ${shown(text)}: expected a number from 1 to ${MAX_LIMIT}`);
  }
  return limit;
}

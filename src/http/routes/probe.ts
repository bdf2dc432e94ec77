import { RETRY_AFTER } from '../pingAnswer.ts';
import { parseProbeQuery } from '../pingQuery.ts';
import { headerOf, type Route } from './route.ts';

/** A ping in Prometheus's multi-target form: 200 also for a service that is down, 429 when the prober itself could not ping. */
export const probeRoute: Route = {
  name: '/probe',
  method: 'GET',
  matches: (_url, path) => path === '/probe',
  answer: async ({ request, url, options }) => {
    const asked = parseProbeQuery(url, headerOf(request, 'x-prometheus-scrape-timeout-seconds'));
    const { result, ageMs } = await options.ping(asked);
    const [{ EXPOSITION_TYPE, writeFamilies }, { probeFamilies }] = await Promise.all([
      import('../exposition.ts'),
      import('../probeFamilies.ts'),
    ]);
    const age: Record<string, string> = ageMs === null ? {} : { 'x-result-age': (ageMs / 1000).toFixed(3) };
    const isOverload = result.reason === 'overload';
    return {
      status: isOverload ? 429 : 200,
      contentType: EXPOSITION_TYPE,
      body: await writeFamilies(probeFamilies(result)),
      headers: isOverload ? { ...age, ...RETRY_AFTER } : age,
    };
  },
};

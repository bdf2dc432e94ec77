import { answerPing } from '../pingAnswer.ts';
import { parsePingQuery } from '../pingQuery.ts';
import { headerOf, type Route } from './route.ts';

/** Any path that begins so, as the pinger of the Python days took it. */
export const pingRoute: Route = {
  name: '/ping',
  method: 'GET',
  matches: (url) => url.startsWith('/ping'),
  answer: async ({ request, url, options }) => {
    const { ping, json } = parsePingQuery(url, headerOf(request, 'x-prometheus-scrape-timeout-seconds'));
    const answer = await options.ping(ping);
    const asksJson = json || (request.headers.accept ?? '').includes('application/json');
    // Loaded at the first request for JSON: the compiler of the writers takes 15 MB, and Consul's checks ask for text.
    const written = asksJson ? (await import('../json.ts')).stringifyResult(answer.result) : null;
    return answerPing(answer, options.statusProfile, written);
  },
};

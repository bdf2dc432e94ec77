import { answerText } from '../answer.ts';
import { RETRY_AFTER } from '../pingAnswer.ts';
import type { Route } from './route.ts';

/** Transitions as they happen, as server-sent events. */
export const eventsRoute: Route = {
  name: '/api/v1/events',
  method: 'GET',
  matches: (_url, path) => path === '/api/v1/events',
  exists: ({ watch }) => watch !== undefined,
  answer: ({ request, desk: { events, isStopping } }) => {
    if (!events || isStopping) return answerText(503, 'stopping');
    if (request.method === 'HEAD') return answerText(405, 'Only GET is answered here');
    if (events.isFull) {
      const full = answerText(429, `${events.listeners} listeners are connected, the limit`);
      return { ...full, headers: RETRY_AFTER };
    }
    return { stream: events.open };
  },
};

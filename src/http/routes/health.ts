import { answerText } from '../answer.ts';
import type { Route } from './route.ts';

/** What Marathon asks of the pinger itself, word for word as in the Python days. */
export const selfRoute: Route = {
  name: '/self',
  method: 'GET',
  matches: (url) => url === '/self',
  answer: () => ({ status: 200, contentType: 'text/html', body: 'I am good thanks' }),
};

/** Does the main thread answer? */
export const liveRoute: Route = {
  name: '/live',
  method: 'GET',
  matches: (_url, path) => path === '/live',
  answer: () => answerText(200, 'live'),
};

/** Shall it be asked? 503 with the reason while it starts and stops. */
export const readyRoute: Route = {
  name: '/ready',
  method: 'GET',
  matches: (_url, path) => path === '/ready',
  answer: ({ options, desk }) => {
    const reason = desk.isStopping ? 'stopping' : options.notReady();
    return reason === null ? answerText(200, 'ready') : answerText(503, reason);
  },
};

import { type Answer, answerText } from '../answer.ts';
import { pathOf, Refusal } from '../query.ts';
import { eventsRoute } from './events.ts';
import { liveRoute, readyRoute, selfRoute } from './health.ts';
import { metricsRoute } from './metrics.ts';
import { pingRoute } from './ping.ts';
import { probeRoute } from './probe.ts';
import { reloadRoute } from './reload.ts';
import type { Call, Route, Stream } from './route.ts';
import { historyRoute, targetsRoute } from './targets.ts';

/** All that is answered; the first that matches counts. */
const ROUTES: readonly Route[] = [
  selfRoute,
  pingRoute,
  probeRoute,
  metricsRoute,
  targetsRoute,
  historyRoute,
  eventsRoute,
  liveRoute,
  readyRoute,
  reloadRoute,
];

/** Answers a request; `route` is its name for the metrics, `other` where there is none. Never rejects. */
export async function answerCall(call: Call): Promise<{ route: string; answer: Answer | Stream }> {
  const { url, options, request } = call;
  const path = pathOf(url);
  const route = ROUTES.find((each) => each.matches(url, path) && (each.exists?.(options) ?? true));
  const allowed = route?.method ?? 'GET';
  if (request.method !== allowed && !(allowed === 'GET' && request.method === 'HEAD')) {
    const refusal = { ...answerText(405, `Only ${allowed} is answered here`), headers: { allow: allowed } };
    return { route: route?.name ?? 'other', answer: refusal };
  }
  if (!route) {
    const text = 'Not found; there are /self and /ping?host=H&port=P&service=System/Service';
    return { route: 'other', answer: answerText(404, text) };
  }
  try {
    return { route: route.name, answer: await route.answer(call) };
  } catch (error) {
    const refused = error instanceof Refusal;
    const answer = refused
      ? answerText(error.status, error.message)
      : answerText(500, `Internal fault: ${String(error)}`);
    return { route: route.name, answer };
  }
}

import { answerText } from '../answer.ts';
import type { FrontOptions } from '../frontOptions.ts';
import type { Route } from './route.ts';

/** IPv4 127.0.0.0/8 (also as IPv6 shows it) and ::1. */
const LOOPBACK = /^(::ffff:)?127\.|^::1$/;

/**
 * Reads the configuration again: 200, or 400 with every fault on a line of its own and the old one kept. It asks for no password, so
 * it is answered on this machine only (SIGHUP does the same).
 */
export const reloadRoute: Route = {
  name: '/-/reload',
  method: 'POST',
  matches: (_url, path) => path === '/-/reload',
  exists: ({ reload }) => reload !== undefined,
  answer: async ({ request, options }) => {
    if (!LOOPBACK.test(request.socket.remoteAddress ?? '')) {
      return answerText(403, 'Only connections from this machine (127.0.0.1 or ::1) may reload');
    }
    const { faults, needsRestart } = await (options.reload as NonNullable<FrontOptions['reload']>)();
    if (faults.length > 0) {
      return { ...answerText(400, 'Configuration not taken, the old one stays'), body: lines(faults) };
    }
    const later = needsRestart.map((key) => `${key}: changed, but counts only after a restart`);
    return { ...answerText(200, 'OK'), body: lines(['configuration taken', ...later]) };
  },
};

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}

import { type Logger, pino } from 'pino';

/** JSON lines on stderr: stdout is for results. Secrets are never given to it. */
export function createLog(level = 'info'): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
}

import { parentPort } from 'node:worker_threads';
import { parseAnswer } from '../../src/cadvisor/parseAnswer.ts';
import type { ParseMessage } from '../../src/model/parseTask.ts';

/** The thread of the path that lost: the body comes by transfer, the lines go by transfer, first come first served. */
parentPort?.on('message', (message: ParseMessage) => {
  const parsed = parseAnswer(message);
  parentPort?.postMessage(parsed, parsed.ok ? [parsed.lines.buffer] : []);
});

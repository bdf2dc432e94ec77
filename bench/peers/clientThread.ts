import { parentPort } from 'node:worker_threads';
import { type ClientRun, measureClient } from './nativePeer.ts';

/* A thread that runs the C client, for as many of them at once as there are ping workers. */
parentPort?.on('message', (run: ClientRun) => {
  parentPort?.postMessage(measureClient(run));
});

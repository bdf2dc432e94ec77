import { parentPort, workerData } from 'node:worker_threads';
import { type DipsServiceOptions, startDipsService } from '../src/demo/dipsService.ts';

/** The peer of the ping benches, in a thread of its own so that its CPU is not counted as the client's. */
const service = await startDipsService(workerData as DipsServiceOptions);
parentPort?.postMessage(service.port);

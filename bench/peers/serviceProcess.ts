import { Conversation } from '../../src/dips/conversation.ts';
import { encodeDEncode } from '../../src/dips/dencode.ts';
import { encodeFrame } from '../../src/dips/frame.ts';
import { ANSWER } from '../answer.ts';
import { ARRIVAL_FIELDS, loadNativePeer } from './nativePeer.ts';
import type { ServiceCounts, ServiceStart } from './servicePeer.ts';

/*
 * A process that is a part of the fake cluster (servicePeer.ts starts it). Between two slices of serving it hears its parent, and
 * it ends when the parent does.
 */

const SLICE_MS = 50;

function answerFrames(): Buffer {
  const bodies = [
    { OK: true, Value: null },
    { OK: true, Value: ANSWER },
  ];
  const frames = Buffer.concat(bodies.map((body) => encodeFrame(Buffer.from(encodeDEncode(body)))));
  if (!new Conversation().receive(frames)?.ok) throw new Error('the fake cluster would say what is no answer');
  return frames;
}

const peer = loadNativePeer();

process.once('message', ({ targets, ...start }: ServiceStart) => {
  const arrivals = new Float64Array(targets * ARRIVAL_FIELDS);
  const ports = peer.startService({ ...start, answer: answerFrames(), arrivals });
  process.send?.(ports);
  process.on('message', (question) => {
    if (question === 'forget') arrivals.fill(0);
    const cpu = process.cpuUsage();
    process.send?.({ arrivals, cpuUs: cpu.user + cpu.system } satisfies ServiceCounts);
  });
  const turn = () => {
    peer.serveFor(SLICE_MS);
    if (process.connected) setImmediate(turn);
  };
  turn();
});

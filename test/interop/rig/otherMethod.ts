import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connectTls } from '../../../src/dips/connect.ts';
import { Conversation, encodePingRequest, type Outcome } from '../../../src/dips/conversation.ts';
import { Deadline } from '../../../src/dips/deadline.ts';
import type { Identity } from '../../../src/dips/identity.ts';
import { speakHttp } from '../../../src/https/httpConnection.ts';
import type { HttpAnswer } from '../../../src/https/httpMessage.ts';
import { encodeServicePing, readServiceAnswer } from '../../../src/https/serviceDoor.ts';
import { formatTarget, type Target } from '../../../src/model/target.ts';

/* `ping` is all that the product can call. So that a service can be asked for another method, the product's own request is changed. */

const LONG_MS = 20_000;

/** Calls a method without arguments over DIPS; its name has four letters. */
export async function callByDips(target: Target, identity: Identity, method: string): Promise<Outcome> {
  const { socket } = await connect(target, identity);
  const request = encodePingRequest(target.service, identity.extraCredentials).toString('latin1');
  const conversation = new Conversation();
  socket.setTimeout(LONG_MS, () => socket.destroy(new Error(`no answer to ${method}`)));
  socket.write(request.replace('s4:ping', `s4:${method}`), 'latin1');
  for await (const chunk of socket) {
    const outcome = conversation.receive(chunk);
    if (outcome) return outcome;
  }
  return conversation.end();
}

/** Calls a method without arguments over HTTPS. */
export async function callByHttps(target: Target, identity: Identity, method: string): Promise<Outcome> {
  return readServiceAnswer(await post(target, identity, method, '[]'), target.service, identity);
}

/** Calls of `sleep` that keep so many threads of a Tornado server asleep; resolves when they are answered. */
export async function keepAsleepByHttps(target: Target, identity: Identity, threads: number, seconds: number) {
  const calls = Array.from({ length: threads }, () => post(target, identity, 'sleep', `[${seconds}]`));
  const failed = (await Promise.all(calls)).filter(({ status }) => status !== 200);
  if (failed.length > 0) throw new Error(`sleep was answered HTTP ${failed.map(({ status }) => status)}`);
}

/** `args` as JSON. */
async function post(target: Target, identity: Identity, method: string, args: string): Promise<HttpAnswer> {
  const { socket, facts } = await connect(target, identity);
  const connection = speakHttp({ socket, address: target.host, tls: facts }, formatTarget({ ...target, service: '' }));
  const deadline = new Deadline(LONG_MS);
  const request = encodeServicePing(target.service, identity.extraCredentials);
  const form = new URLSearchParams(request.body ?? '');
  form.set('method', method);
  form.set('args', args);
  const body = form.toString();
  const answer = await connection.exchange(deadline, true, (send) => send({ ...request, body }));
  deadline.end();
  await connection.close();
  return answer;
}

async function connect({ host, port }: Target, identity: Identity) {
  const tcp = connectTcp(port, host);
  await once(tcp, 'connect');
  const deadline = new Deadline(LONG_MS);
  return connectTls(tcp, identity, host, deadline).finally(() => deadline.end());
}

import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { TestContext } from 'node:test';
import type { TlsOptions } from 'node:tls';
import { createConnectionStore } from '../../src/https/connectionStore.ts';
import { type HttpsPingOptions, pingHttps } from '../../src/https/ping.ts';
import type { ProbeResult } from '../../src/model/result.ts';
import { parseTarget } from '../../src/model/target.ts';
import { listenUntilEnd, type Pki, tlsOptions } from '../peers.ts';

/** An HTTPS server until the end of the test. As DIRAC's Tornado: a client may show no certificate, but no bad one. */
export interface HttpsPeer {
  port: number;
  /** TCP connections so far. */
  connections(): number;
}

export async function httpsPeer(t: TestContext, pki: Pki, serve: RequestListener, over: TlsOptions = {}) {
  let connections = 0;
  const server = createServer({ ...tlsOptions(pki), rejectUnauthorized: false, ...over }, serve);
  server.on('connection', () => connections++);
  return { port: await listenUntilEnd(t, server), connections: () => connections } satisfies HttpsPeer;
}

/** Answers every request the same. */
export function answering(status: number, body: string, contentType = 'application/json'): RequestListener {
  return (_, response) => void response.writeHead(status, { 'content-type': contentType }).end(body);
}

/** The S_OK of a ping. */
export const UP = '{"OK": true, "Value": {"version": "9.1.22", "name": "Framework/Ping"}}';

/** A pinger with connections of its own, closed at the end of the test. */
export function startPinger(t: TestContext, pki: Pki) {
  const connections = createConnectionStore();
  t.after(() => connections.close());
  return (url: string, options: Partial<HttpsPingOptions> = {}): Promise<ProbeResult> =>
    pingHttps(parseTarget(url), { timeoutMs: 10_000, identity: pki.identity, ...options }, connections);
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { frames } from '../../peers.ts';
import { waitUntil } from './processes.ts';

/** `openssl s_server`, which takes what we send for text and says of our certificates what it makes of them. */
export interface OpensslServer {
  port: number;
  /** All that it printed, its verdict on each certificate included. */
  said(): string;
}

const ANSWER = frames('ds2:OKb1s5:Valuene', 'ds2:OKb1s5:Valueds7:versions7:opensslee');

/** Starts one with these arguments until the end of the test. It demands a client certificate, and answers a ping as a service would. */
export async function startOpensslServer(t: TestContext, args: string[]): Promise<OpensslServer> {
  const checks = ['-Verify', '5', '-verify_return_error', '-naccept', '20'];
  const all = ['s_server', '-accept', '127.0.0.1:0', ...checks, ...args];
  const server = spawn('setpriv', ['--pdeathsig', 'KILL', 'openssl', ...all]);
  const gone = once(server, 'close');
  t.after(async () => {
    server.kill();
    await gone;
  });
  let said = '';
  let answered = 0;
  server.stdin.on('error', () => {});
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk;
      const asked = said.split('s4:ping').length - 1;
      for (; answered < asked; answered++) server.stdin.write(ANSWER);
    });
  }
  const readPort = () => {
    if (server.exitCode !== null) throw new Error(`openssl s_server ended: ${said}`);
    return Number(/ACCEPT .*:(\d+)/.exec(said)?.[1]) || undefined;
  };
  return { port: await waitUntil('openssl s_server says its port', readPort), said: () => said };
}

/** The client certificates of the connections, as it printed them (PEM without the line breaks' variety). */
export function clientCertificates({ said }: OpensslServer): string[] {
  const pem = /Client certificate\n(-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----)/g;
  return [...said().matchAll(pem)].map(([, text]) => text as string);
}

/** The depths at which it judged certificates, of the newest chain first: `['2', '1', '0']` for one of three. */
export function judgedDepths({ said }: OpensslServer): string[] {
  return [...said().matchAll(/^depth=(\d+) /gm)].map(([, depth]) => depth as string);
}

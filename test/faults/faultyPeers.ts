import { startDipsService } from '../../src/demo/dipsService.ts';
import type { Credential } from '../../src/model/credential.ts';
import { createPki } from '../peers.ts';
import { type Direction, type FaultKind, startFaultProxy } from '../support/faultProxy.ts';

/** What a process of its own serves: one port per fault, and one without any, to a service with TLS. */
export interface FaultyPeers {
  goodPort: number;
  faultyPorts: number[];
  service: string;
  credential: Credential;
}

const KINDS: FaultKind[] = ['stall', 'reset', 'halfClose', 'junk', 'corrupt', 'flood'];
const DIRECTIONS: Direction[] = ['toClient', 'toService'];
/** In the hello, in the handshake, behind it, and in the service's answer or behind it. */
const PLACES = [3, 900, 1_600, 3_300, 3_460];
const SERVICE = 'Framework/Faulty';

const { ca, host, credential } = await createPki();
const { port: servicePort } = await startDipsService({
  service: SERVICE,
  tls: { ...host, caPem: ca.caPem },
  encoding: 'dencode',
});
const faults = KINDS.flatMap((kind) =>
  DIRECTIONS.flatMap((direction) => PLACES.map((afterBytes) => ({ kind, direction, afterBytes }))),
);
const [good, ...faulty] = await Promise.all([null, ...faults].map((fault) => startFaultProxy({ servicePort, fault })));
process.send?.({
  goodPort: good?.port as number,
  faultyPorts: faulty.map(({ port }) => port),
  service: SERVICE,
  credential,
} satisfies FaultyPeers);
process.once('disconnect', () => process.exit());

import type { FromSchema } from 'json-schema-to-ts';
import { REASONS } from './reasons.ts';

/*
 * The one description of a probe result: its type (result.ts) is derived from it and the JSON writers are compiled from it.
 * Plain JSON Schema: a schema builder would cost every process 24 MB. `nullable` is OpenAPI's keyword for "or null", which both
 * the type and the writer understand; absent things are null.
 */

const phaseMs = { type: 'number', nullable: true } as const;

const phaseTimingsSchema = {
  type: 'object',
  description: 'Milliseconds per phase; null where the phase was not reached, or does not exist as TLS for dip',
  properties: { dns: phaseMs, connect: phaseMs, tls: phaseMs, rpc: phaseMs, total: { type: 'number' } },
  required: ['dns', 'connect', 'tls', 'rpc', 'total'],
  additionalProperties: false,
} as const;

const tlsFactsSchema = {
  type: 'object',
  nullable: true,
  properties: {
    protocol: { type: 'string', description: 'As OpenSSL names it: TLSv1.3' },
    cipher: { type: 'string' },
    peerNotAfter: { type: 'string', nullable: true, description: "ISO 8601, UTC: when the service's certificate ends" },
  },
  required: ['protocol', 'cipher', 'peerNotAfter'],
  additionalProperties: false,
} as const;

export const probeResultSchema = {
  type: 'object',
  properties: {
    target: { type: 'string', description: 'URL: dips://host:port/System/Service' },
    ok: { type: 'boolean' },
    reason: { type: 'string', enum: REASONS, nullable: true },
    detail: {
      type: 'string',
      nullable: true,
      description: "For people: DIRAC's own message where the service gave one, else what failed and where",
    },
    encoding: { type: 'string', enum: ['dencode', 'json'], nullable: true },
    version: { type: 'string', nullable: true },
    name: { type: 'string', nullable: true },
    serviceUptimeSeconds: {
      type: 'number',
      nullable: true,
      description: "From the answer's own clock: the field on the wire is wrong up to v7r3",
    },
    serviceStartTime: { type: 'string', nullable: true, description: 'ISO 8601, UTC' },
    hostUptimeSeconds: { type: 'number', nullable: true },
    load: {
      type: 'array',
      items: { type: 'number' },
      nullable: true,
      description: "Load average of the service's host over 1, 5 and 15 minutes",
    },
    address: { type: 'string', nullable: true, description: 'The address that was connected to' },
    timingsMs: phaseTimingsSchema,
    tls: tlsFactsSchema,
  },
  required: [
    'target',
    'ok',
    'reason',
    'detail',
    'encoding',
    'version',
    'name',
    'serviceUptimeSeconds',
    'serviceStartTime',
    'hostUptimeSeconds',
    'load',
    'address',
    'timingsMs',
    'tls',
  ],
  additionalProperties: false,
} as const;

export type ProbeResultOfSchema = FromSchema<typeof probeResultSchema>;

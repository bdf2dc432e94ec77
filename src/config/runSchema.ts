import type { FromSchema } from 'json-schema-to-ts';
import { influxSchema } from './collectConfig.ts';

const path = { type: 'string', minLength: 1 } as const;
const duration = {
  type: 'string',
  format: 'duration',
  description: 'a time such as 500ms, 10s or 2m, at most 24h',
} as const;
const listen = { type: 'string', format: 'listen', description: 'address:port, such as 127.0.0.1:1234' } as const;
const texts = { type: 'array', items: { type: 'string' } } as const;
const count = { type: 'integer', minimum: 1, maximum: 64 } as const;

/** The file of `dips-probe run`, in YAML. examples/run.yaml shows every key. */
export const runSchema = {
  type: 'object',
  properties: {
    credentials: {
      type: 'object',
      properties: {
        cert: path,
        key: path,
        proxy: path,
        caDir: path,
        crl: { type: 'string', enum: ['fail', 'warn', 'ignore'] },
        legacyTls: { type: 'boolean' },
        gsiNames: { type: 'boolean' },
        allowOpenKey: { type: 'boolean' },
      },
      additionalProperties: false,
    },
    http: {
      type: 'object',
      properties: {
        listen: { ...listen, default: '0.0.0.0:1234' },
      },
      additionalProperties: false,
      default: {},
    },
    ping: {
      type: 'object',
      properties: {
        interval: { ...duration, default: '20s' },
        timeout: { ...duration, default: '8s' },
        workers: { ...count, default: 1 },
      },
      additionalProperties: false,
      default: {},
    },
    targets: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          target: { type: 'string' },
          interval: duration,
          timeout: duration,
          serverName: { type: 'string' },
        },
        required: ['target'],
        additionalProperties: false,
      },
      default: [],
    },
    allow: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          hosts: texts,
          cidrs: texts,
          ports: {
            anyOf: [{ type: 'array', items: { type: 'integer' } }, { type: 'string' }],
            description: 'a list of ports, or a range such as "9130-9200"',
          },
          services: texts,
        },
        additionalProperties: false,
      },
    },
    collect: {
      type: 'object',
      properties: {
        nodes: { type: 'array', items: { type: 'string', minLength: 1 }, default: [] },
        interval: { ...duration, default: '10s' },
        timeout: { ...duration, default: '5s' },
        workers: { ...count, default: 1 },
      },
      additionalProperties: false,
      default: {},
    },
    influx: influxSchema,
    store: {
      type: 'object',
      properties: { path, maxRows: { type: 'integer', minimum: 1000, default: 1_000_000 } },
      required: ['path'],
      additionalProperties: false,
    },
  },
  additionalProperties: false,
} as const;

/** The file as it is after the check, defaults filled in. */
export type RunFile = FromSchema<typeof runSchema>;

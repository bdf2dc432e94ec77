import type { FromSchema } from 'json-schema-to-ts';
import { ORIGINAL_FORMAT } from '../model/lineFormat.ts';
import { DEFAULT_SPOOL_BOUNDS } from '../model/spool.ts';
import { DEFAULT_LIMITS } from '../model/stateLimits.ts';
import { influxSchema } from './influxSchema.ts';

const path = { type: 'string', minLength: 1 } as const;
const duration = {
  type: 'string',
  format: 'duration',
  description: 'a time such as 500ms, 10s or 2m, at most 24h',
} as const;
const durationOrOff = {
  type: 'string',
  format: 'durationOrOff',
  description: 'a time such as 500ms, 10s or 2m, at most 24h, or off',
} as const;
const span = { type: 'string', format: 'span', description: 'a time such as 12h or 30d, at most 366d' } as const;
const spanOrOff = {
  type: 'string',
  format: 'spanOrOff',
  description: 'a time such as 12h or 30d, at most 366d, or off',
} as const;
const listen = { type: 'string', format: 'listen', description: 'address:port, such as 127.0.0.1:1234' } as const;
const texts = { type: 'array', items: { type: 'string' } } as const;
const textOrOff = {
  type: 'string',
  nullable: true,
  minLength: 1,
  description: 'a text that is not empty, or off',
} as const;
const count = { type: 'integer', minimum: 1, maximum: 64 } as const;
const inARow = { type: 'integer', minimum: 1, maximum: 100 } as const;
/** Rows of a store: with fewer than this it would be pruned all the time. */
const rows = { type: 'integer', minimum: 1000 } as const;

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
        statusProfile: { type: 'string', enum: ['legacy', 'consul'], default: 'legacy' },
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
        maxInFlight: { type: 'integer', minimum: 1, maximum: 10_000, default: 1000 },
        jitter: { type: 'number', minimum: 0, maximum: 0.25, default: 0.02 },
        failuresBeforeDown: { ...inARow, default: DEFAULT_LIMITS.failuresBeforeDown },
        successesBeforeUp: { ...inARow, default: DEFAULT_LIMITS.successesBeforeUp },
        degradedOver: { ...durationOrOff, default: 'off' },
        certificateWarn: { ...spanOrOff, default: '7d' },
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
          failuresBeforeDown: inARow,
          successesBeforeUp: inARow,
          degradedOver: durationOrOff,
          certificateWarn: spanOrOff,
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
        nodes: {
          type: 'array',
          items: {
            type: 'object',
            description: 'a node such as HOST:PORT, or an object with it as node',
            properties: {
              node: { type: 'string', minLength: 1 },
              host: { type: 'string', minLength: 1 },
              username: { type: 'string', minLength: 1 },
              password: { type: 'string' },
              passwordFile: path,
              ca: path,
              interval: duration,
              timeout: duration,
            },
            required: ['node'],
            additionalProperties: false,
          },
          default: [],
        },
        interval: { ...duration, default: '10s' },
        timeout: { ...duration, default: '5s' },
        workers: { ...count, default: 1 },
        schemas: {
          type: 'array',
          items: { type: 'string', enum: ['legacy', 'cadvisor'] },
          minItems: 1,
          uniqueItems: true,
          description: 'legacy, cadvisor or both',
          default: ['legacy'],
        },
        alias: { ...textOrOff, default: ORIGINAL_FORMAT.alias },
        label: { ...textOrOff, default: ORIGINAL_FORMAT.label },
        tags: {
          type: 'object',
          additionalProperties: { type: 'string', minLength: 1 },
          default: {},
        },
        // At most what a thread may hold of all answers.
        maxBytes: { type: 'integer', minimum: 1_048_576, maximum: 268_435_456, default: 67_108_864 },
      },
      additionalProperties: false,
      default: {},
    },
    influx: influxSchema,
    spool: {
      type: 'object',
      properties: {
        path,
        maxBytes: { type: 'integer', minimum: 2 ** 20, default: DEFAULT_SPOOL_BOUNDS.maxBytes },
        maxAge: { ...span, default: '7d' },
      },
      required: ['path'],
      additionalProperties: false,
    },
    store: {
      type: 'object',
      properties: { path, maxRows: { ...rows, default: 1_000_000 } },
      required: ['path'],
      additionalProperties: false,
    },
    history: {
      type: 'object',
      properties: { path, maxAge: { ...span, default: '7d' }, maxRows: { ...rows, default: 5_000_000 } },
      required: ['path'],
      additionalProperties: false,
    },
  },
  additionalProperties: false,
} as const;

/** The file as it is after the check, defaults filled in. */
export type RunFile = FromSchema<typeof runSchema>;

import type { FromSchema } from 'json-schema-to-ts';

const text = { type: 'string', nullable: true, minLength: 1 } as const;
const secret = { type: 'string', nullable: true } as const;

/**
 * Where InfluxDB is: the configuration file of the original collector, one JSON object whose every key may be absent or null. Its own
 * keys are the first six; the others are ours.
 */
export const influxSchema = {
  type: 'object',
  properties: {
    host: text,
    port: { type: 'integer', nullable: true, minimum: 1, maximum: 65535 },
    username: secret,
    password: secret,
    database: text,
    ssl: { type: 'boolean', nullable: true },
    ca: text,
    retentionPolicy: text,
    version: { type: 'integer', nullable: true, minimum: 1, maximum: 3 },
    url: text,
    org: text,
    bucket: text,
    token: secret,
    tokenFile: text,
    passwordFile: text,
    gzip: { type: 'boolean', nullable: true },
    batchLines: { type: 'integer', nullable: true, minimum: 1, maximum: 100_000 },
    batchBytes: { type: 'integer', nullable: true, minimum: 1024, maximum: 25_000_000 },
    batchAge: {
      type: 'string',
      nullable: true,
      format: 'duration',
      description: 'a time above 0 and at most a day, such as "500ms" or "1s"',
    },
  },
  additionalProperties: false,
} as const;

export type InfluxMembers = FromSchema<typeof influxSchema>;

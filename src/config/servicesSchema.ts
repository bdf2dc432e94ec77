import type { FromSchema } from 'json-schema-to-ts';

const text = { type: 'string', minLength: 1 } as const;
const texts = { type: 'array', items: text, minItems: 1 } as const;
const port = {
  type: 'integer',
  minimum: 1,
  maximum: 65_535,
  description: 'a port, a whole number from 1 to 65535',
} as const;
const id = {
  type: 'string',
  pattern: '^(/[a-z0-9]([a-z0-9.-]*[a-z0-9])?)+$',
  description: 'an id of Marathon, such as /dirac/file-catalog: small letters, digits, dots and dashes',
} as const;

/** What a service has of its own, or all have by `defaults`. */
const settings = {
  image: text,
  instances: { type: 'integer', minimum: 0, maximum: 1_000 },
  cpus: { type: 'number', minimum: 0.01, maximum: 1_024 },
  mem: { type: 'number', minimum: 16, maximum: 1_048_576, description: 'MB, a number from 16 to 1048576' },
  constraints: {
    type: 'array',
    items: { type: 'array', items: text, minItems: 2, maxItems: 3 },
    description: 'a list such as [[hostname, UNIQUE], [rack, LIKE, a.*]]',
  },
  env: {
    type: 'object',
    additionalProperties: { type: 'string', description: 'a text (in quotes if it looks like a number)' },
  },
} as const;

/** The file of `dips-probe marathon`, in YAML or JSON. examples/marathon/services.yaml shows every key. */
export const servicesSchema = {
  type: 'object',
  properties: {
    pinger: {
      type: 'object',
      properties: {
        url: {
          type: 'string',
          pattern: '^https?://[^/?#\\s]+$',
          description: 'an address such as http://lbdiracgw:1234',
        },
        id: { ...id, default: '/dirac/pinger' },
        image: text,
        instances: { ...settings.instances, default: 1 },
        port: { ...port, default: 1234 },
        constraints: settings.constraints,
      },
      required: ['url'],
      additionalProperties: false,
    },
    etc: { type: 'string', pattern: '^/', default: '/opt/dirac/etc', description: 'an absolute path' },
    selfPing: { ...text, default: '/opt/dips-probe/self-ping' },
    defaults: { type: 'object', properties: settings, additionalProperties: false, default: {} },
    services: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: { service: text, port, id, command: texts, ...settings },
        required: ['service', 'port'],
        additionalProperties: false,
      },
    },
  },
  required: ['pinger', 'services'],
  additionalProperties: false,
} as const;

/** The file as it is after the check, defaults filled in. */
export type ServicesText = FromSchema<typeof servicesSchema>;

import { Ajv, type ErrorObject } from 'ajv';
import { parseDuration, parseSpan } from './duration.ts';
import { parseListen } from './listen.ts';

/** A configuration that cannot be used. `message` lists every fault with its path and what was expected. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(source: string, faults: readonly string[]) {
    super(
      faults.length === 1 ? `${source}: ${faults[0]}` : `${source}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    );
    this.faults = faults;
  }
}

/** What a schema may ask of a text by `format`; its `description` says it to people. */
const FORMATS = {
  duration: (text: string) => parseDuration(text) !== null,
  durationOrOff: (text: string) => text === 'off' || parseDuration(text) !== null,
  span: (text: string) => parseSpan(text) !== null,
  spanOrOff: (text: string) => text === 'off' || parseSpan(text) !== null,
  listen: (text: string) => parseListen(text) !== null,
};

/** Values at such paths are never shown. */
const SECRET = /pass|secret|token|key/i;

/**
 * A check of values against a JSON Schema: returns all faults, each as `path: what was expected, what was found`
 * (`influx.port: expected an integer, got a string`), none when the value fits. Values are changed only where the schema has defaults.
 */
export function createCheck(schema: object): (value: unknown) => string[] {
  const validate = new Ajv({
    allErrors: true,
    verbose: true,
    useDefaults: true,
    allowUnionTypes: true,
    formats: FORMATS,
  }).compile(schema);
  return (value) => {
    if (validate(value)) return [];
    const errors = validate.errors ?? [];
    return [...new Set(errors.filter((error) => !isBranch(error, errors)).map(formatFault))];
  };
}

/** Of a failed `anyOf` only the whole is reported, not why each branch did not fit. */
function isBranch(error: ErrorObject, errors: readonly ErrorObject[]): boolean {
  return errors.some(({ keyword, schemaPath }) => keyword === 'anyOf' && error.schemaPath.startsWith(`${schemaPath}/`));
}

function formatFault(error: ErrorObject): string {
  const { keyword, params, parentSchema, data } = error;
  const path = formatPath(error.instancePath);
  switch (keyword) {
    case 'additionalProperties': {
      const known = Object.keys(parentSchema?.properties ?? {}).join(', ');
      return `${join(path, params.additionalProperty)}: unknown key, expected one of: ${known}`;
    }
    case 'required':
      return `${join(path, params.missingProperty)}: missing`;
    case 'dependentRequired':
      return `${join(path, params.missingProperty)}: missing, ${params.property} needs it`;
    default:
      return `${path || 'the whole'}: expected ${expectation(error)}, got ${found(path, data)}`;
  }
}

function expectation({ keyword, params, parentSchema, schema, message }: ErrorObject): string {
  if (parentSchema?.description) return parentSchema.description;
  switch (keyword) {
    case 'type': {
      const types = [params.type].flat().map((type) => ARTICLES[type] ?? type);
      return [...new Set(parentSchema?.nullable ? [...types, 'null'] : types)].join(' or ');
    }
    case 'enum':
      return `one of ${(schema as unknown[]).map((value) => JSON.stringify(value)).join(', ')}`;
    case 'minimum':
    case 'maximum':
      return `a number from ${parentSchema?.minimum ?? '-∞'} to ${parentSchema?.maximum ?? '∞'}`;
    case 'minLength':
      return 'a text that is not empty';
    case 'minItems':
      return `at least ${schema} in the list`;
    default:
      return `a value that ${message}`;
  }
}

const ARTICLES: Record<string, string> = {
  object: 'an object',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
};

/** What stands there instead, unless it may be a secret. */
function found(path: string, value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (SECRET.test(path)) return ARTICLES[typeof value] ?? typeof value;
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** `/influx/nodes/0` as people write it: `influx.nodes[0]`. */
function formatPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : join(path, part)), '');
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

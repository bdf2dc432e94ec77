import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type CadvisorNode, parseNode } from '../cadvisor/node.ts';
import type { LineFormat } from '../model/lineFormat.ts';
import { TargetError } from '../model/target.ts';
import { parseDuration } from './duration.ts';
import type { RunFile } from './runSchema.ts';

type CollectKeys = RunFile['collect'];
/** One node, as it is in the file. */
export type NodeKeys = CollectKeys['nodes'][number];

/** A node as it is in the file, with what its files hold. Throws TargetError, whose message names the key and shows no secret. */
export function resolveNode(keys: NodeKeys): CadvisorNode {
  const node = parseNode(keys.node);
  return {
    ...node,
    host: keys.host ?? node.host,
    login: resolveLogin(keys),
    ca: keys.ca === undefined ? null : readCa(keys.ca, node),
    intervalMs: keys.interval === undefined ? null : parseDuration(keys.interval),
    timeoutMs: keys.timeout === undefined ? null : parseDuration(keys.timeout),
  };
}

/** Tags that lines have anyway: a tag may be in a line once. */
const OWN_TAGS = [
  'host',
  'dirac_component',
  'docker_id',
  'name',
  'device',
  'machine',
  'container_name',
  'instance',
  'type',
];

/** What is wrong with the tags that every line gets, one sentence each. */
export function faultsOfTags({ tags }: CollectKeys): string[] {
  return Object.keys(tags)
    .filter((tag) => OWN_TAGS.includes(tag) || !/^[\w.-]+$/.test(tag))
    .map((tag) =>
      OWN_TAGS.includes(tag)
        ? `collect.tags.${tag}: lines have this tag anyway, expected another name`
        : `collect.tags: ${JSON.stringify(tag)} is no name of a tag, expected letters, digits, _ . and -`,
    );
}

/** How lines are written. */
export function resolveFormat({ schemas, alias, label, tags }: CollectKeys): LineFormat {
  return { schemas, alias: orAny(alias), label: orAny(label), tags };
}

function orAny(text: string | null): string | null {
  return text === 'off' ? null : text;
}

function resolveLogin({ username, password, passwordFile }: NodeKeys): CadvisorNode['login'] {
  if (password !== undefined && passwordFile !== undefined)
    throw new TargetError('password: there is a passwordFile too, expected one of them');
  const secret = passwordFile === undefined ? password : readText(passwordFile, 'passwordFile').replace(/\r?\n$/, '');
  if (username === undefined && secret === undefined) return null;
  if (username === undefined) throw new TargetError('username: missing, a password is given');
  if (secret === undefined) throw new TargetError('password: missing, a username is given (or passwordFile)');
  if (username.includes(':')) throw new TargetError('username: expected one without a colon, which ends it in HTTP');
  return { username, password: secret };
}

function readCa(path: string, { url }: CadvisorNode): string {
  if (!url.startsWith('https:')) throw new TargetError('ca: expected an https:// URL as node, a ca is given');
  const pem = readText(path, 'ca');
  try {
    new X509Certificate(pem);
  } catch {
    throw new TargetError(`ca: ${path} holds no certificate, expected some in PEM`);
  }
  return pem;
}

function readText(path: string, key: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new TargetError(`${key}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

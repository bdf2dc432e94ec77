import { parseHost, parsePort, TargetError } from '../model/target.ts';

/** One node whose cAdvisor is read. Holds a password: never log it as a whole. */
export interface CadvisorNode {
  /** `host:port`, or the whole URL where it is https or has a path. Names it in messages and in stored cursors; holds no secret. */
  readonly address: string;
  /** Value of the tag `host`: the host as given, without the port, as the original wrote it. */
  readonly host: string;
  /** Of the cAdvisor, without a slash at its end: `http://host:port` or `https://host:port/below/here`. */
  readonly url: string;
  /** For basic authentication; null: none. */
  readonly login: { readonly username: string; readonly password: string } | null;
  /** PEM of the CAs to trust instead of the system's. */
  readonly ca: string | null;
  /** null: as all other nodes. */
  readonly intervalMs: number | null;
  /** For one round, from connecting to the last byte of its last answer; null: as all other nodes. */
  readonly timeoutMs: number | null;
}

/** Where cAdvisor listens unless told otherwise, and where the original looked. */
const DEFAULT_PORT = 8080;

const PLAIN = { login: null, ca: null, intervalMs: null, timeoutMs: null };

/**
 * A node as people write it: `HOST` or `HOST:PORT`, an IPv6 address in brackets; or an `http://` or `https://` URL, with the path
 * under which cAdvisor is (`-url_base_prefix`, or a proxy's) and the port of its scheme where it names none. Throws TargetError.
 */
export function parseNode(text: string): CadvisorNode {
  if (/^\w+:\/\//.test(text)) return parseNodeUrl(text);
  const match = /^(\[[^\]]*\]|[^:]+)(?::(.*))?$/.exec(text);
  if (!match) throw new TargetError(`node ${JSON.stringify(text)}: expected HOST, HOST:PORT or a URL`);
  const [, host = '', port] = match;
  parseHost(host);
  return plainNode(host, port === undefined ? DEFAULT_PORT : parsePort(port));
}

/** This machine, tagged with its short name as the original did. `hostName` from os.hostname(). */
export function thisNode(hostName: string): CadvisorNode {
  return { ...plainNode(hostName, DEFAULT_PORT), host: hostName.split('.', 1)[0] ?? hostName };
}

function plainNode(host: string, port: number): CadvisorNode {
  const address = `${host}:${port}`;
  return { ...PLAIN, address, host, url: `http://${address}` };
}

function parseNodeUrl(text: string): CadvisorNode {
  // What stands before an @ or after a ? may be a secret, and is not shown.
  const name = /[@?]/.test(text) ? 'node' : `node ${JSON.stringify(text)}`;
  const url = URL.parse(text);
  if (!url) throw new TargetError(`${name}: is no URL, expected one such as https://host:port/path`);
  const { protocol, hostname, username, password, search, hash } = url;
  if (protocol !== 'http:' && protocol !== 'https:') throw new TargetError(`${name}: expected http:// or https://`);
  if (username !== '' || password !== '')
    throw new TargetError(`${name}: a login in the URL, expected it as username and password beside the URL`);
  if (search !== '' || hash !== '') throw new TargetError(`${name}: expected a URL without ? and #`);
  parseHost(hostname);
  const port = url.port === '' ? { 'http:': 80, 'https:': 443 }[protocol] : parsePort(url.port);
  const path = url.pathname.replace(/\/+$/, '');
  if (protocol === 'http:' && path === '') return plainNode(hostname, port);
  const address = `${protocol}//${hostname}:${port}${path}`;
  return { ...PLAIN, address, host: hostname, url: address };
}

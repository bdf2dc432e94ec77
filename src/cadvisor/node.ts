import { parseHost, parsePort, TargetError } from '../model/target.ts';

/** One node whose cAdvisor is read. */
export interface CadvisorNode {
  /** `host:port`, as messages name it. */
  readonly address: string;
  /** Value of the tag `host`: the host as given, without the port, as the original wrote it. */
  readonly host: string;
}

/** Where cAdvisor listens unless told otherwise, and where the original looked. */
const DEFAULT_PORT = 8080;

/** A node as people write it: `HOST` or `HOST:PORT`, an IPv6 address in brackets. Throws TargetError. */
export function parseNode(text: string): CadvisorNode {
  const match = /^(\[[^\]]*\]|[^:]+)(?::(.*))?$/.exec(text);
  if (!match) throw new TargetError(`node ${JSON.stringify(text)}: expected HOST or HOST:PORT`);
  const [, host = '', port] = match;
  parseHost(host);
  return { host, address: `${host}:${port === undefined ? DEFAULT_PORT : parsePort(port)}` };
}

/** This machine, tagged with its short name as the original did. `hostName` from os.hostname(). */
export function thisNode(hostName: string): CadvisorNode {
  return { host: hostName.split('.', 1)[0] ?? hostName, address: `${hostName}:${DEFAULT_PORT}` };
}

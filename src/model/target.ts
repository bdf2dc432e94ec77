import { isIPv6 } from 'node:net';

/** One DIRAC service to ping. `service` is sent verbatim: DIRAC compares it exactly, case included. */
export interface Target {
  /** `dips` = DISET inside mutual TLS, `dip` = the same frames on plain TCP. */
  readonly scheme: 'dips' | 'dip';
  /** Name or address, an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** `System/Service`, e.g. `DataManagement/FileCatalog`. */
  readonly service: string;
}

/** What a target written by a person got wrong; `message` names the part and what was expected. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

const SERVICE = /^[\w.-]{1,100}(\/[\w.-]{1,100})+$/;
const HOST_NAME = /^[\w](?:[\w.-]{0,253}[\w.])?$/;

/** A TCP port from its decimal text: 1 to 65535. Throws TargetError. */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new TargetError(`port ${quote(text)}: expected a number from 1 to 65535`);
  return port;
}

/** A host name or IP address, IPv6 with or without brackets. Throws TargetError. */
export function parseHost(text: string): string {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (isIPv6(bare) || HOST_NAME.test(text)) return bare.toLowerCase();
  throw new TargetError(`host ${quote(text)}: expected a host name or an IP address`);
}

/** A service name. Throws TargetError. */
export function parseService(text: string): string {
  if (SERVICE.test(text)) return text;
  throw new TargetError(`service ${quote(text)}: expected System/Service, such as DataManagement/FileCatalog`);
}

/** `dips://host:port/System/Service`, `dip://…`, or without a scheme (= dips). Throws TargetError. */
export function parseTarget(text: string): Target {
  const match = /^(?:(\w[\w+.-]*):\/\/)?(\[[^\]]*\]|[^:/[\]]*):([^/]*)\/(.*)$/.exec(text);
  if (!match) {
    throw new TargetError(
      `target ${quote(text)}: expected dips://host:port/System/Service or host:port/System/Service`,
    );
  }
  const [, scheme = 'dips', host = '', port = '', service = ''] = match;
  if (scheme !== 'dips' && scheme !== 'dip') {
    throw new TargetError(`target ${quote(text)}: scheme ${quote(scheme)}: expected dips or dip`);
  }
  return { scheme, host: parseHost(host), port: parsePort(port), service: parseService(service) };
}

/** The target as a URL, the form every output uses and the key under which results are kept. */
export function formatTarget({ scheme, host, port, service }: Target): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}/${service}`;
}

/** Text for a message: cut, and without control characters. */
function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

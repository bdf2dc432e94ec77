import { isIPv6 } from 'node:net';

/** One DIRAC service to ping. `service` is sent verbatim: DIRAC compares it exactly, case included. */
export interface Target {
  readonly scheme: Scheme;
  /** Name or address, an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** `System/Service`, e.g. `DataManagement/FileCatalog`; empty for `diracx+https`, which is one whole. */
  readonly service: string;
}

/**
 * `dips` = DISET inside mutual TLS, `dip` = the same frames on plain TCP, `https` = a service of DIRAC's Tornado server,
 * `diracx+https` = DiracX.
 */
export type Scheme = 'dips' | 'dip' | 'https' | 'diracx+https';

/** Of `https`, which DiracX is behind; DIRAC's own services have no port that would be theirs. */
const DIRACX_PORT = '443';

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
  // In this order: Node's test for IPv6 takes 5 µs, and few hosts are addresses of it.
  if (HOST_NAME.test(text) || isIPv6(bare)) return bare.toLowerCase();
  throw new TargetError(`host ${quote(text)}: expected a host name or an IP address`);
}

/** A service name. Throws TargetError. */
export function parseService(text: string): string {
  if (SERVICE.test(text)) return text;
  throw new TargetError(`service ${quote(text)}: expected System/Service, such as DataManagement/FileCatalog`);
}

/**
 * `dips://host:port/System/Service`, `dip://…`, `https://…`, or without a scheme (= dips); `diracx+https://host[:port]`, port 443 by
 * default. Throws TargetError.
 */
export function parseTarget(text: string): Target {
  const match = /^(?:(\w[\w+.-]*):\/\/)?(\[[^\]]*\]|[^:/[\]]*)(?::([^/]*))?(?:\/(.*))?$/.exec(text);
  const [, scheme, host = '', port, service] = match ?? [];
  if (scheme === 'diracx+https') return parseDiracx(text, host, port, service);
  if (scheme !== undefined && !isServiceScheme(scheme)) {
    throw targetError(text, `scheme ${quote(scheme)}: expected dips, dip, https or diracx+https`);
  }
  if (scheme !== undefined && port === undefined && service !== undefined) {
    throw targetError(text, `the port is missing: expected ${scheme}://host:port/System/Service`);
  }
  if (port === undefined || service === undefined) {
    throw targetError(text, 'expected dips://host:port/System/Service or host:port/System/Service');
  }
  return {
    scheme: scheme ?? 'dips',
    host: parseHost(host),
    port: parsePort(port),
    service: parseService(service),
  };
}

function parseDiracx(text: string, host: string, port = DIRACX_PORT, path = ''): Target {
  if (path !== '') throw targetError(text, 'DiracX is pinged as a whole: expected diracx+https://host[:port]');
  return { scheme: 'diracx+https', host: parseHost(host), port: parsePort(port), service: '' };
}

function isServiceScheme(scheme: string): scheme is Exclude<Scheme, 'diracx+https'> {
  return scheme === 'dips' || scheme === 'dip' || scheme === 'https';
}

function targetError(text: string, fault: string): TargetError {
  return new TargetError(`target ${quote(text)}: ${fault}`);
}

/** The target as a URL, the form every output uses and the key under which results are kept. */
export function formatTarget({ scheme, host, port, service }: Target): string {
  const path = service === '' ? '' : `/${service}`;
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
}

/** Text for a message: cut, and without control characters. */
function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

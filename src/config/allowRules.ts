import { isIP } from 'node:net';
import type { AllowRule, PortRange } from '../model/allowRule.ts';
import { parseHost, parsePort, parseService, TargetError } from '../model/target.ts';

/** A rule as the file of `run` has it. */
export interface AllowEntry {
  hosts?: string[];
  cidrs?: string[];
  ports?: number[] | string;
  services?: string[];
}

/** Where DIRAC's services listen: below are those of the system, to which a host certificate is not to be shown. */
const UNPRIVILEGED: PortRange = { from: 1024, to: 65_535 };

/** What may be pinged where nothing is said: services on networks that are a site's own (RFC 1918, 4193, 3927, 4291, loopback). */
export const PRIVATE_NETWORKS: readonly AllowRule[] = [
  {
    hosts: [],
    cidrs: [
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '127.0.0.0/8',
      '169.254.0.0/16',
      '::1/128',
      'fc00::/7',
      'fe80::/10',
    ],
    // Metadata services of clouds, which give out secrets to whoever asks from inside.
    exceptCidrs: ['169.254.169.254/32', '169.254.170.2/32', 'fd00:ec2::254/128', 'fe80::a9fe:a9fe/128'],
    ports: [UNPRIVILEGED],
    services: [],
  },
];

/** Reads a rule of the file. Throws TargetError, which names the key and what was expected. */
export function readAllowEntry({ hosts = [], cidrs = [], ports, services = [] }: AllowEntry): AllowRule {
  if (hosts.length + cidrs.length === 0) throw new TargetError('expected hosts or cidrs, got neither');
  return {
    hosts: hosts.map(parseHostPattern),
    cidrs: cidrs.map(parseCidr),
    exceptCidrs: [],
    ports: ports === undefined ? [UNPRIVILEGED] : [ports].flat().map((port) => parsePortRange(String(port))),
    services: services.map(parseServicePattern),
  };
}

/** Reads `--allow CIDR|HOST[:PORTS]`, an IPv6 network with ports in brackets: `[fd00::/8]:9130-9200`. Throws TargetError. */
export function parseAllowOption(text: string): AllowRule {
  if (isCidr(text)) return readAllowEntry({ cidrs: [text] });
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::([^:]+))?$/.exec(text);
  if (!match) {
    const forms = 'CIDR[:PORTS] or HOST[:PORTS], an IPv6 network with ports in brackets: [fd00::/8]:9130-9200';
    throw new TargetError(`expected ${forms}`);
  }
  const [, bracketed, plain = '', ports] = match;
  const host = bracketed ?? plain;
  return readAllowEntry({
    ...(isCidr(host) ? { cidrs: [host] } : { hosts: [host] }),
    ...(ports !== undefined && { ports }),
  });
}

function isCidr(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  const isWidth = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
  return family !== 0 && !address.includes('%') && isWidth && more.length === 0;
}

/** A network, or a single address. */
function parseCidr(text: string): string {
  if (!isCidr(text))
    throw new TargetError(`network ${JSON.stringify(text)}: expected one such as 10.0.0.0/8 or fd00::/8`);
  if (text.includes('/')) return text;
  return `${text}/${isIP(text) === 4 ? 32 : 128}`;
}

function parseHostPattern(text: string): string {
  const bare = text.startsWith('*.') ? text.slice(2) : text;
  try {
    if (isIP(bare) === 0) return `${text.slice(0, text.length - bare.length)}${parseHost(bare)}`;
  } catch {
    // Said below, with what a pattern may be.
  }
  const expected = 'expected a host name, *.example.org, or a network such as 10.0.0.0/8';
  throw new TargetError(`host ${JSON.stringify(text)}: ${expected}`);
}

/** `9135` or `9130-9200`. */
function parsePortRange(text: string): PortRange {
  const [from = '', to = from, ...more] = text.split('-');
  const range = { from: parsePort(from), to: parsePort(to) };
  if (more.length === 0 && range.from <= range.to) return range;
  throw new TargetError(`ports ${JSON.stringify(text)}: expected a port or a range such as 9130-9200`);
}

/** `System/Service` or `System/*`. */
function parseServicePattern(text: string): string {
  if (/^[\w.-]{1,100}\/\*$/.test(text)) return text;
  return parseService(text);
}

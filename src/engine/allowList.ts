import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { AllowRule } from '../model/allowRule.ts';
import { formatTarget, type Target } from '../model/target.ts';

/**
 * What an allow-list says of a target while its name is not resolved yet: allowed whatever it resolves to, refused (with a sentence
 * for people), or that the addresses decide, all of them, for any can be the one that is connected to.
 */
export type Verdict = 'allowed' | { refused: string } | { judgeAddresses(addresses: readonly string[]): string | null };

export type Judge = (target: Target) => Verdict;

/** Joins rules and single targets to one judgement. The targets are those that configuration names: always allowed. */
export function createAllowList(rules: readonly AllowRule[], targets: readonly Target[]): Judge {
  const named = new Set(targets.map(formatTarget));
  // Scheduled pings hand in these very objects, hundreds of times a second.
  const known = new WeakSet(targets);
  const readied = rules.map(readyRule);
  return (target) => {
    if (known.has(target) || named.has(formatTarget(target))) return 'allowed';
    const fitting = readied.filter((rule) => fitsPort(rule, target.port) && fitsService(rule, target.service));
    if (fitting.some(({ hosts }) => hosts.some((pattern) => fitsHost(pattern, target.host)))) return 'allowed';
    if (!fitting.some(({ cidrs }) => cidrs.length > 0)) {
      return { refused: `not allowed to ping ${formatTarget(target)}: no rule covers this host, port and service` };
    }
    return {
      judgeAddresses: (addresses) => {
        const outside = addresses.find((address) => !fitting.some(({ fitsAddress }) => fitsAddress(address)));
        if (outside === undefined) return null;
        const which = outside === target.host ? 'this address' : `${outside}, which ${target.host} resolves to`;
        return `not allowed to ping ${formatTarget(target)}: no rule covers ${which}`;
      },
    };
  };
}

function fitsPort({ ports }: AllowRule, port: number): boolean {
  return ports.some(({ from, to }) => from <= port && port <= to);
}

function fitsService({ services }: AllowRule, service: string): boolean {
  return (
    services.length === 0 ||
    services.some((pattern) =>
      pattern.endsWith('/*') ? service.startsWith(pattern.slice(0, -1)) : service === pattern,
    )
  );
}

/** `*.example.org` fits every name below example.org, not example.org itself. A dot at the end only says "absolute". */
function fitsHost(pattern: string, host: string): boolean {
  const name = host.replace(/\.$/, '');
  return pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) : name === pattern.replace(/\.$/, '');
}

/** What a rule remembers of addresses; when there are more, all are forgotten. */
const MAX_KNOWN = 4_096;

/**
 * A rule whose networks are read, and that remembers what it was asked: ipaddr.js takes 10 µs to read one, and 15 µs to hold an address against a dozen;
 * HTTP asks for the same few addresses for ever.
 */
function readyRule(rule: AllowRule): AllowRule & { fitsAddress(text: string): boolean } {
  const networks = rule.cidrs.map((cidr) => ipaddr.parseCIDR(cidr));
  const exceptions = rule.exceptCidrs.map((cidr) => ipaddr.parseCIDR(cidr));
  const known = new Map<string, boolean>();
  const fitsAddress = (text: string): boolean => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const fits = isWithin(text, networks) && !isWithin(text, exceptions);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(text, fits);
    return fits;
  };
  return { ...rule, fitsAddress };
}

/** Judges the address, never its text: `::ffff:10.0.0.1` is 10.0.0.1. */
function isWithin(text: string, networks: ReturnType<typeof ipaddr.parseCIDR>[]): boolean {
  // `::10.0.0.1` is no longer an address of anything (RFC 4291 §2.5.5.1), and ipaddr.js takes it for 10.0.0.1.
  if (isIP(text) === 0 || /^::\d+\./.test(text)) return false;
  const address = ipaddr.process(text);
  return networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}

import { InvalidArgumentError } from 'commander';
import { parseAllowOption } from '../config/allowRules.ts';
import { parseDuration } from '../config/duration.ts';
import { type ListenAddress, parseListen } from '../config/listen.ts';
import type { AllowRule } from '../model/allowRule.ts';
import { TargetError } from '../model/target.ts';

/*
 * Option values for commander: text in, value out, or a usage error that says what was expected.
 */

export function durationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('expected a time such as 500ms, 10s or 2m');
  return ms;
}

export function countOption(text: string): number {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 10_000) throw new InvalidArgumentError('expected a whole number from 1 to 10000');
  return count;
}

/** Of none a process needs less memory. */
export function workersOption(text: string): number {
  const workers = /^\d{1,2}$/.test(text) ? Number(text) : -1;
  if (workers < 0 || workers > 64) throw new InvalidArgumentError('expected a whole number from 0 to 64');
  return workers;
}

export function listenOption(text: string): ListenAddress {
  const address = parseListen(text);
  if (!address) throw new InvalidArgumentError('expected address:port, such as 127.0.0.1:1234');
  return address;
}

/** May be given several times: `before` holds what came before. */
export function allowOption(text: string, before: readonly AllowRule[] = []): readonly AllowRule[] {
  try {
    return [...before, parseAllowOption(text)];
  } catch (error) {
    if (error instanceof TargetError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

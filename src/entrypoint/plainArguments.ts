import { parseDuration } from '../config/duration.ts';
import type { Flag } from './flags.ts';

type OptionValue = string | number | boolean;

/** A command's arguments and its options, the latter as commander would have them: by name in camel case, with their presets. */
export interface PlainArguments {
  operands: readonly string[];
  options: Record<string, OptionValue>;
}

/**
 * Reads the words behind a command of so many arguments: these and, before or behind them, `--flag` or `--flag VALUE`. Null where it is
 * anything else: a fault, help, a short form. That is commander's to read or refuse, for there is no message here.
 */
export function readPlainArguments(
  words: readonly string[],
  flags: readonly Flag[],
  operandCount: number,
): PlainArguments | null {
  const given: Record<string, OptionValue> = {};
  const operands: string[] = [];
  const excluded: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (!word.startsWith('-')) {
      operands.push(word);
      continue;
    }
    const flag = flags.find((candidate) => wordOf(candidate) === word);
    const value = flag && (flag.flags === word ? !isNegative(flag) : readValue(flag, words[++at]));
    if (flag === undefined || value === undefined) return null;
    given[nameOf(flag)] = value;
    excluded.push(...(flag.conflicts ?? []));
  }
  if (operands.length !== operandCount || excluded.some((name) => name in given)) return null;
  return { operands, options: { ...presetsOf(flags), ...given } };
}

function readValue({ choices, isDuration }: Flag, text: string | undefined): OptionValue | undefined {
  if (text === undefined || text.startsWith('-')) return undefined;
  if (isDuration) return parseDuration(text) ?? undefined;
  return choices && !choices.includes(text) ? undefined : text;
}

function presetsOf(flags: readonly Flag[]): Record<string, OptionValue> {
  const presets: Record<string, OptionValue> = {};
  for (const flag of flags) {
    const preset = isNegative(flag) ? true : flag.preset;
    if (preset !== undefined) presets[nameOf(flag)] = preset;
  }
  return presets;
}

/** `--ca-dir` of `--ca-dir <dir>`. */
function wordOf({ flags }: Flag): string {
  return flags.split(' ', 1)[0] as string;
}

function isNegative(flag: Flag): boolean {
  return wordOf(flag).startsWith('--no-');
}

/** `caDir` of `--ca-dir`, `verify` of `--no-verify`. */
function nameOf(flag: Flag): string {
  const bare = wordOf(flag).replace(/^--(no-)?/, '');
  return bare.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ConfigError } from './faults.ts';

/** Reads a file of YAML, or of JSON, which is YAML too; an empty one is an empty object. Throws ConfigError. */
export function readYamlFile(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(file, [`cannot be read (${(error as NodeJS.ErrnoException).code})`]);
  }
  try {
    return parse(text) ?? {};
  } catch (error) {
    // Only the first line: what follows quotes the file, where a password may stand.
    throw new ConfigError(file, [`not YAML: ${(error as Error).message.split('\n', 1)[0]}`]);
  }
}

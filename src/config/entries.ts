import { TargetError } from '../model/target.ts';

/** Reads each entry of a list; one that cannot be read leaves its fault behind, with its place in the file. */
export function collectFaults<T, R>(entries: readonly T[], path: string, faults: string[], read: (entry: T) => R): R[] {
  return entries.flatMap((entry, index) => {
    try {
      return [read(entry)];
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      faults.push(`${path}[${index}]: ${error.message}`);
      return [];
    }
  });
}

/** A fault for each name that was in the list before. */
export function findTwins(path: string, names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.flatMap((name) => {
    if (seen.has(name)) return [`${path}: ${name} is there twice`];
    seen.add(name);
    return [];
  });
}

/**
 * One line for people from anything that was thrown. The message is empty for an AggregateError, which connecting to a name
 * with several addresses gives: then it is the first address's error that is told.
 */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return errorText(error.errors[0]);
  const { code } = error as NodeJS.ErrnoException;
  return firstLine(error.message) || code || error.name;
}

/** A text from outside on one line of at most `maxLength` characters, without what would command a terminal (C0, DEL, C1). */
export function terminalLine(text: string, maxLength: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  const line = text.replace(/[\s\x00-\x1f\x7f-\x9f]+/g, ' ').trim();
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line;
}

/** The first line of a text from outside, cut to what a message can bear. */
export function firstLine(text: string): string {
  return (text.trim().split(/[\r\n]/, 1)[0] ?? '').slice(0, 300);
}

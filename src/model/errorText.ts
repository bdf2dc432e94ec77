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

/** The first line of a text from outside, cut to what a message can bear. */
export function firstLine(text: string): string {
  return (text.trim().split(/[\r\n]/, 1)[0] ?? '').slice(0, 300);
}

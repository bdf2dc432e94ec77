import { readFileSync } from 'node:fs';

/** What a real service sent on one connection, and whether it closed it (test/fixtures/dips/README.md). */
export interface Transcript {
  name: string;
  bytes: Buffer;
  end: 'closed' | 'open';
}

/** All recorded sessions. */
export function readTranscripts(): Transcript[] {
  const text = readFileSync(new URL('../fixtures/dips/transcripts.jsonl', import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { name, bytes, end } = JSON.parse(line);
      return { name, bytes: Buffer.from(bytes, 'base64'), end };
    });
}

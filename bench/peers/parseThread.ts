import { move, transferableSymbol, valueSymbol } from 'piscina';
import { parseAnswer } from '../../src/cadvisor/parseAnswer.ts';
import type { ParseMessage } from '../../src/model/parseTask.ts';

/** Thread entry of the path that lost: the body comes by transfer, the lines go by transfer. */
export default function parseThread(message: ParseMessage): unknown {
  const parsed = parseAnswer(message);
  if (!parsed.ok) throw new Error(parsed.detail);
  const wrapped = { [transferableSymbol]: [parsed.lines.buffer], [valueSymbol]: parsed };
  return move(wrapped as unknown as Parameters<typeof move>[0]);
}

import { WireError, type WireKey, type WireValue } from './wireValue.ts';

/** DErrno.ENOAUTH. */
const ENOAUTH = 1111;
/** Before v6r18 there is no number, and before v6r10 the word is misspelt. */
const UNAUTHORIZED = /^Unauth?orized query/;

/** What every call of DIRAC's gives back, over whichever door (docs/protocol-dips.md §2.6). */
export type DiracReturn =
  | { ok: true; value: WireValue | undefined }
  | { ok: false; message: string; isUnauthorized: boolean };

/** Reads S_OK(value) or S_ERROR(message, errno). Throws WireError where it is neither. */
export function readReturn(value: WireValue): DiracReturn {
  if (!(value instanceof Map) || typeof value.get('OK') !== 'boolean') {
    throw new WireError('expected a dictionary with OK, got something else');
  }
  return value.get('OK') ? { ok: true, value: value.get('Value') } : readError(value);
}

function readError(error: Map<WireKey, WireValue>): DiracReturn {
  const message = String(error.get('Message') ?? 'S_ERROR without a message');
  return { ok: false, message, isUnauthorized: error.get('Errno') === ENOAUTH || UNAUTHORIZED.test(message) };
}

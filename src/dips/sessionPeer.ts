import { contentOf, DerError, findChild, readDer, SEQUENCE } from '../grid/der.ts';

/*
 * What TLSSocket.getSession() gives:
 * given   = [NUL "nodejs:tls:session:1" NUL length(2 bytes) host] session        the part in brackets on newer Nodes (24.21)
 * session = SEQUENCE { version, TLS version, cipher, session id, master key, …, [3] peer certificate, … }     ssl/ssl_asn1.c
 */
const LABEL = Buffer.from('\0nodejs:tls:session:1\0', 'latin1');
const PEER = 0xa3;

/** The peer's certificate in DER out of a session; null where there is none, or these bytes are no session. */
export function readSessionPeer(given: Buffer): Buffer | null {
  const session = withoutLabel(given);
  try {
    const whole = readDer(session);
    if (whole.tag !== SEQUENCE) return null;
    const peer = findChild(session, whole, PEER);
    return peer && contentOf(session, peer);
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

function withoutLabel(given: Buffer): Buffer {
  const { length } = LABEL;
  if (given.length < length + 2 || LABEL.compare(given, 0, length) !== 0) return given;
  return given.subarray(length + 2 + given.readUInt16BE(length));
}

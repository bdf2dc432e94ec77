import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Files of a CA directory as OpenSSL looks them up: the subject's hash and a counter. */
const HASHED_NAME = /^[0-9a-f]{8}\.\d+$/;
const MAX_FILE_BYTES = 1 << 20;
const PEM = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED )?CERTIFICATE-----/g;

export interface CaDirectory {
  /** One PEM per distinct certificate. */
  caPems: string[];
  /** The same, read: 40 µs each, so it is done once. */
  certificates: X509Certificate[];
  /** Files that were passed over, each with why. */
  warnings: string[];
}

/**
 * Reads every `<hash>.N` of a grid site's CA directory. A file that is no certificate is passed over with a warning:
 * one half-written file must not take down the checks of a whole cluster. Throws where the directory cannot be listed.
 */
export function readCaDirectory(path: string): CaDirectory {
  const found = new Map<string, { pem: string; certificate: X509Certificate }>();
  const warnings: string[] = [];
  for (const name of readdirSync(path).sort()) {
    if (!HASHED_NAME.test(name)) continue;
    try {
      for (const pem of readPems(join(path, name))) {
        const certificate = new X509Certificate(pem);
        found.set(certificate.fingerprint256, { pem, certificate });
      }
    } catch (error) {
      warnings.push(`${join(path, name)}: not a CA certificate (${(error as Error).message.split('\n', 1)[0]})`);
    }
  }
  const cas = [...found.values()];
  return { caPems: cas.map(({ pem }) => pem), certificates: cas.map(({ certificate }) => certificate), warnings };
}

function readPems(path: string): string[] {
  const found = statSync(path);
  // A named pipe would keep us waiting for ever.
  if (!found.isFile()) throw new Error('it is no file');
  if (found.size > MAX_FILE_BYTES) throw new Error(`${found.size} bytes, at most ${MAX_FILE_BYTES} are read`);
  const pems = readFileSync(path, 'latin1').match(PEM);
  if (!pems) throw new Error('no PEM certificate in it');
  return pems;
}

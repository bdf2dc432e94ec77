import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CredentialFiles } from './credentialFiles.ts';

export interface CredentialWatchOptions {
  files: CredentialFiles;
  /** Of the files, taken before they were read. */
  fingerprint: string;
  pollMs: number;
  /** Reads the files and puts them to use; throws when they are not fit. */
  renew(): void;
  /** Told once per distinct fault: the files on disk are not fit, what was read before stays in use. */
  onFault(message: string): void;
}

export interface CredentialWatch {
  close(): void;
}

/** Of a CA directory: certificates and CRLs. */
const HASHED_NAME = /^[0-9a-f]{8}\.r?\d+$/;

/**
 * Looks at the files now and then and renews the credential when any of them changed: by rename, in-place write, a swapped symlink
 * or folder. While what is there is not fit (half written, a certificate before its key), it tries again at each look.
 */
export function startCredentialWatch(options: CredentialWatchOptions): CredentialWatch {
  const { files, pollMs, renew, onFault } = options;
  let inUse = options.fingerprint;
  let lastFault = '';
  let closed = false;
  let timer = setTimeout(look, pollMs);

  async function look(): Promise<void> {
    try {
      const seen = await takeFingerprint(files);
      if (seen !== inUse && !closed) {
        renew();
        inUse = seen;
        lastFault = '';
      }
    } catch (error) {
      const { message } = error as Error;
      if (message !== lastFault) onFault(message);
      lastFault = message;
    }
    if (!closed) timer = setTimeout(look, pollMs);
  }

  return {
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** A text that changes whenever one of the files does. A file that is missing is part of it too. */
export async function takeFingerprint({ cert, key, caDir }: CredentialFiles): Promise<string> {
  const names = caDir === null ? [] : await readdir(caDir).catch(() => []);
  const hashed = names.filter((name) => HASHED_NAME.test(name)).sort();
  const paths = [cert, key, ...hashed.map((name) => join(caDir as string, name))];
  const states = await Promise.all(paths.map(stateOf));
  return states.join('\n');
}

async function stateOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return `${path} ${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch {
    return `${path} missing`;
  }
}

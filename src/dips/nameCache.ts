/** Looks a name up; rejects with an error that has a `code`, as node:dns does. */
export type Lookup = (host: string) => Promise<string[]>;

export interface NameCacheOptions {
  lookup: Lookup;
  /** Of one monotonic clock. */
  nowMs(): number;
  /** Calls back after so many ms; returns what takes that back. */
  after(ms: number, callback: () => void): () => void;
}

/** A container that moves gets a new address: so long may its old one be asked. */
const FRESH_MS = 30_000;
/** How long addresses serve while the resolver gives none. */
const STALE_MS = 600_000;
/** How long a lookup is waited for where older addresses are known. */
const PATIENCE_MS = 500;
/** 100 bytes each. When there are more, all are forgotten. */
const MAX_NAMES = 20_000;

interface Known {
  addresses: string[] | null;
  atMs: number;
  /** Whoever asks meanwhile shares it. */
  underWay: Promise<string[]> | null;
}

/**
 * Remembers what names resolve to. Two lookups at a time is all that libuv runs, and one of a name whose servers are dead takes up to 20 s: without
 * this, a few such names would make every other target look down. A name that is said not to exist is believed at once.
 */
export function createNameCache({ lookup, nowMs, after }: NameCacheOptions): Lookup {
  const names = new Map<string, Known>();

  function look(host: string, known: Known): Promise<string[]> {
    known.underWay ??= lookup(host)
      .then((addresses) => {
        known.addresses = addresses;
        known.atMs = nowMs();
        return addresses;
      })
      .finally(() => {
        known.underWay = null;
      });
    return known.underWay;
  }

  return async (host) => {
    const known = names.get(host) ?? remember(names, host);
    const { addresses } = known;
    const ageMs = nowMs() - known.atMs;
    if (addresses === null || ageMs > STALE_MS) return look(host, known);
    if (ageMs <= FRESH_MS) return addresses;
    return orElse(look(host, known), addresses, after);
  };
}

/** A lookup that is not waited for beyond some patience, nor believed where it only says "try again". */
function orElse(looking: Promise<string[]>, older: string[], after: NameCacheOptions['after']): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const giveUp = after(PATIENCE_MS, () => resolve(older));
    looking.then(resolve, (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOTFOUND') reject(error);
      else resolve(older);
    });
    looking.then(giveUp, giveUp);
  });
}

function remember(names: Map<string, Known>, host: string): Known {
  if (names.size >= MAX_NAMES) names.clear();
  const known: Known = { addresses: null, atMs: 0, underWay: null };
  names.set(host, known);
  return known;
}

/** A random number generator that gives the same numbers for the same seed (mulberry32): 0 ≤ x < 1. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** A whole number from 0 to `limit` - 1. */
export function randomBelow(limit: number, random: () => number): number {
  return Math.floor(random() * limit);
}

/** The bytes one by one, each in memory of its own as a socket would deliver it. */
export function cutIntoBytes(bytes: Buffer): Buffer[] {
  return [...bytes].map((byte) => Buffer.from([byte]));
}

/** The bytes cut at up to `cuts` random places. */
export function cutAtRandom(bytes: Buffer, random: () => number, cuts = 4): Buffer[] {
  const points = Array.from({ length: 1 + randomBelow(cuts, random) }, () => randomBelow(bytes.length + 1, random));
  const edges = [0, ...points.sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, index) => Buffer.from(bytes.subarray(edges[index], end)));
}

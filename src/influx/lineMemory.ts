/** How many bytes of a memory are still used; of one that is not in here, all. */
const used = new WeakMap<ArrayBuffer, number>();

/** What is smaller costs nothing worth speaking of, and may be a piece of the memory that Node's Buffers share. */
const MIN_BYTES = 128 * 1024;

/**
 * Says that nobody reads these lines any more. When that was said of all of a memory it is given back at once, and whoever looks at it sees nothing: left
 * to V8, a few megabytes of lines cost the main thread a full collection (docs/decisions/0054). Must be said once of each line.
 */
export function letGo({ buffer, byteLength }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < MIN_BYTES) return;
  const left = (used.get(buffer) ?? buffer.byteLength) - byteLength;
  if (left > 0) used.set(buffer, left);
  else buffer.transfer(0);
}

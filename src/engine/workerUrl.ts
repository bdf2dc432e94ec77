/** The file of a thread, which is started by it: `.ts` from a checkout, `.js` from the built package. */
export function workerUrl(name: string): string {
  const suffix = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`../workers/${name}.${suffix}`, import.meta.url).href;
}

/** Resolves with the signal's name at the first SIGINT or SIGTERM; the second one ends the process at once, as usual. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}

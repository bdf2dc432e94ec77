import { noCounts, type Sink } from '../influx/sink.ts';

/** Prints lines on stdout, as the original collector printed its points. When the reader has gone (`| head`), the rest is dropped. */
export function startPrintSink(): Sink {
  const counts = noCounts();
  let hasReader = true;
  process.stdout.on('error', () => {
    hasReader = false;
  });
  return {
    counts,
    write: (lines, points) => {
      counts[hasReader ? 'accepted' : 'dropped'] += points;
      if (hasReader) process.stdout.write(lines);
    },
    close: async () => {},
  };
}

import { availableParallelism, cpus, release } from 'node:os';

/** What the figures were taken on, in one line. */
export function machine(): string {
  const { node, openssl, v8 } = process.versions;
  return `${availableParallelism()} × ${cpus()[0]?.model.trim()}, Linux ${release()}, Node ${node}, OpenSSL ${openssl}, V8 ${v8}`;
}

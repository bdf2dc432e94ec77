import { parseHost } from '../model/target.ts';

export interface ListenAddress {
  host: string;
  /** 0 = any free port. */
  port: number;
}

/** `127.0.0.1:1234`, `[::]:1234` or `:1234` (all addresses); null where the text is none. */
export function parseListen(text: string): ListenAddress | null {
  const match = /^(.*):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (!match || port > 65_535) return null;
  try {
    return { host: match[1] === '' ? '::' : parseHost(match[1] as string), port };
  } catch {
    return null;
  }
}

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An HTTP answer as it came over the wire. */
export interface RawAnswer {
  /** The first line, without its end. */
  statusLine: string;
  /** By lower-case name. */
  headers: Record<string, string>;
  body: string;
}

/** An answer that takes longer does not come: the pinger's own deadline is 8 s. */
const PATIENCE_MS = 20_000;

/** Opens a connection to `http://host:port` and sends the text. */
export async function open(url: string, text: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ''));
  await once(socket, 'connect');
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error(`nothing came for ${PATIENCE_MS} ms`)));
  socket.write(text);
  return socket;
}

/** All that comes until the server closes. */
export async function readAnswer(socket: Socket): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { statusLine, headers: Object.fromEntries(headers), body: text.slice(end + 4) };
}

/** One request on a connection of its own, as Consul makes them. The path goes out as it is. */
export async function get(url: string, path: string, headers = '', method = 'GET'): Promise<RawAnswer> {
  return readAnswer(
    await open(url, `${method} ${path} HTTP/1.1\r\nHost: pinger\r\n${headers}Connection: close\r\n\r\n`),
  );
}

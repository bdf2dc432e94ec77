import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * A process that answers every request after the given ms, as large as a `/ping` is answered, and does nothing else: what HTTP by node:http takes at
 * least. Prints its port.
 */

const afterMs = Number(process.argv[2]);
const BODY = 'up: dips://127.0.0.1:9135/Bench/Target00001 version v8\n';

const server = createServer((_, response) => {
  setTimeout(() => {
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-length': BODY.length,
      'cache-control': 'no-store',
    });
    response.end(BODY);
  }, afterMs);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));

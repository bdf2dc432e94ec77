import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';

/* `node` opening the TLS connection of a self-ping with node:tls alone: CERT KEY CA PORT. What self-ping's time is held against. */

const [cert = '', key = '', ca = '', port = ''] = process.argv.slice(2);
const socket = connect(
  { host: 'localhost', port: Number(port), cert: readFileSync(cert), key: readFileSync(key), ca: readFileSync(ca) },
  () => socket.end(),
);

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ListenAddress, parseListen } from '../../src/config/listen.ts';

const ADDRESSES: [text: string, address: ListenAddress | null][] = [
  ['127.0.0.1:1234', { host: '127.0.0.1', port: 1234 }],
  ['0.0.0.0:0', { host: '0.0.0.0', port: 0 }],
  [':1234', { host: '::', port: 1234 }],
  ['[::1]:65535', { host: '::1', port: 65_535 }],
  ['Localhost:80', { host: 'localhost', port: 80 }],
  ['127.0.0.1', null],
  ['127.0.0.1:', null],
  ['1234', null],
  ['127.0.0.1:65536', null],
  ['127.0.0.1:-1', null],
  ['127.0.0.1:x', null],
  ['a b:80', null],
  ['', null],
];

for (const [text, address] of ADDRESSES) {
  test(`${JSON.stringify(text)} is ${address ? JSON.stringify(address) : 'no address to listen on'}`, () => {
    assert.deepEqual(parseListen(text), address);
  });
}

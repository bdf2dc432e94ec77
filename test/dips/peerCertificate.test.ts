import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { readPeerCertificate } from '../../src/dips/peerCertificate.ts';
import { createPki } from '../peers.ts';

const { raw, serialNumber } = new X509Certificate((await createPki()).host.certPem);

test('a certificate is remembered by all its bytes, not by its signature alone', () => {
  const read = readPeerCertificate(raw);
  assert.equal(read.serialNumber, serialNumber);
  assert.equal(readPeerCertificate(Buffer.from(raw)), read);
  const forged = Buffer.from(raw);
  const at = forged.indexOf(Buffer.from(serialNumber, 'hex')) + 1;
  forged.writeUInt8(forged.readUInt8(at) ^ 1, at);
  assert.notEqual(readPeerCertificate(forged).serialNumber, serialNumber);
  assert.equal(readPeerCertificate(raw).serialNumber, serialNumber);
});

test('what was read outlives the buffer it was read from', () => {
  const passing = Buffer.from(raw);
  const read = readPeerCertificate(passing);
  passing.fill(0);
  assert.equal(read.isNamed('never.asked.example.org'), false);
  assert.equal(readPeerCertificate(raw).serialNumber, serialNumber);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createThrowAwayCa } from '../../src/demo/pki.ts';
import { readCertificateFacts, readChain } from '../../src/grid/certificateFacts.ts';
import { earliestExpiry, expiryWarning } from '../../src/grid/expiry.ts';
import { issueProxy, type ProxyOptions } from './proxies.ts';

const ca = await createThrowAwayCa();
const notAfter = new Date('2030-01-01T00:00:00Z');
const user = await ca.issue({ commonName: 'user', notAfter });
const HOUR_MS = 3_600_000;

function factsOf(pem: string) {
  return readChain(pem).map(readCertificateFacts);
}

test('a host certificate is no proxy and has no group', () => {
  const [facts, ...more] = factsOf(user.certPem);
  assert.deepEqual(more, []);
  assert.deepEqual(
    [facts?.subject, facts?.issuer, facts?.notAfter, facts?.proxy, facts?.diracGroup],
    ['C=XX\nO=dips-probe\nOU=Hosts\nCN=user', 'C=XX\nO=dips-probe\nCN=Throw-away CA', notAfter, null, null],
  );
});

const KINDS: [options: ProxyOptions, proxy: string, group: string | null][] = [
  [{}, 'full', null],
  [{ group: 'dirac_user' }, 'full', 'dirac_user'],
  [{ language: 'limited', group: 'lhcb_prod' }, 'limited', 'lhcb_prod'],
  [{ language: 'independent' }, 'independent', null],
  [{ language: 'unknown' }, 'other', null],
  [{ rawInfo: '3000' }, 'other', null],
  [{ rawInfo: '30' }, 'other', null],
  [{ rawInfo: '02010130' }, 'other', null],
  [{ rawInfo: '', commonName: 'proxy' }, 'legacy', null],
  [{ rawInfo: '', commonName: 'limited proxy' }, 'legacy', null],
];

for (const [options, proxy, group] of KINDS) {
  test(`a proxy ${JSON.stringify(options)}: ${proxy}`, async () => {
    const [facts, below] = factsOf((await issueProxy(user, options)).certPem);
    assert.deepEqual([facts?.proxy, facts?.diracGroup], [proxy, group]);
    assert.equal(facts?.issuer, below?.subject);
    assert.equal(below?.proxy, null);
  });
}

test('of a chain the end that comes first: the proxy, the proxy below it, or the certificate', async () => {
  const [soon, later] = [new Date('2029-01-01T00:00:00Z'), new Date('2031-01-01T00:00:00Z')];
  const ends = async (first: Date, second: Date) => {
    const proxy = await issueProxy(user, { notAfter: first });
    return earliestExpiry((await issueProxy(proxy, { notAfter: second })).certPem);
  };
  const summary = (facts: Awaited<ReturnType<typeof ends>>) => [facts?.notAfter, facts?.subject.split('\n').length];
  assert.deepEqual(summary(await ends(later, soon)), [soon, 6]);
  assert.deepEqual(summary(await ends(soon, later)), [soon, 5]);
  assert.deepEqual(summary(await ends(later, later)), [notAfter, 4]);
  assert.equal(earliestExpiry('no certificate'), null);
});

test('a warning is due 7 days before the end of a certificate, 2 hours before that of a proxy', async () => {
  const end = notAfter.getTime();
  const name = '/C=XX/O=dips-probe/OU=Hosts/CN=user';
  assert.equal(expiryWarning(user.certPem, end - 168 * HOUR_MS), null);
  assert.equal(
    expiryWarning(user.certPem, end - 167 * HOUR_MS),
    `our certificate ${name} ends at 2030-01-01T00:00:00.000Z`,
  );
  assert.equal(expiryWarning(user.certPem, end + 1), `our certificate ${name} ended at 2030-01-01T00:00:00.000Z`);
  const proxy = await issueProxy(user, { notAfter: new Date('2029-01-01T00:00:00Z') });
  const proxyEnd = Date.parse('2029-01-01T00:00:00Z');
  assert.equal(expiryWarning(proxy.certPem, proxyEnd - 2 * HOUR_MS), null);
  assert.match(
    `${expiryWarning(proxy.certPem, proxyEnd - HOUR_MS)}`,
    /^our proxy \/.*\/CN=user\/CN=123456 ends at 2029-/,
  );
  assert.equal(expiryWarning('', end), null);
});

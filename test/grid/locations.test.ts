import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cfgOption, parseDiracCfg } from '../../src/grid/diracCfg.ts';
import {
  findCaDirectory,
  findHostCertificate,
  findProxy,
  readLocalCfg,
  usesServerCertificate,
} from '../../src/grid/locations.ts';
import { installedIn, temporaryFolder } from './gridFiles.ts';

const NO_CFG = parseDiracCfg('');

test('the local configuration: ~/.dirac.cfg over DIRACSYSCONFIG, first named first, over the installation', (t) => {
  const folder = temporaryFolder(t);
  folder.write('dirac/etc/dirac.cfg', 'a = installation\nb = installation\nc = installation\nd = installation');
  const second = folder.write('second.cfg', 'b = second\nc = second\nd = second');
  const first = folder.write('first.cfg', 'c = first\nd = first');
  folder.write('home/.dirac.cfg', 'd = home');
  const env = { ...installedIn(folder), DIRACSYSCONFIG: `${first}, ${second},${folder.path}/missing.cfg` };
  const { cfg, warnings } = readLocalCfg(env);
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((name) => cfgOption(cfg, name)),
    ['installation', 'second', 'first', 'home'],
  );
  assert.deepEqual(warnings, []);
});

test('a configuration that cannot be read is passed over with a warning, a folder without', (t) => {
  const folder = temporaryFolder(t);
  const loop = join(folder.path, 'loop.cfg');
  symlinkSync(loop, loop);
  folder.write('dirac/etc/dirac.cfg', 'a = 1');
  const { cfg, warnings } = readLocalCfg({ ...installedIn(folder), DIRACSYSCONFIG: `${loop},${folder.path}` });
  assert.equal(cfgOption(cfg, 'a'), '1');
  assert.deepEqual(warnings, [`${loop}: passed over, it cannot be read (ELOOP)`]);
});

test('whether a host certificate is shown', () => {
  for (const [value, expected] of [
    ['yes', true],
    ['True', true],
    ['y', true],
    ['no', false],
    ['1', false],
    ['', false],
  ] as const) {
    const cfg = parseDiracCfg(`DIRAC {\nSecurity {\nUseServerCertificate = ${value}\n}\n}`);
    assert.equal(usesServerCertificate(cfg), expected, value);
  }
  assert.equal(usesServerCertificate(NO_CFG), false);
});

test('the host certificate: environment, configuration, then names and folders in turn', (t) => {
  const folder = temporaryFolder(t);
  const env = installedIn(folder);
  const pair = (name: string) => ({
    cert: folder.write(`${name}cert.pem`, ''),
    key: folder.write(`${name}key.pem`, ''),
  });
  const cfg = parseDiracCfg(
    `DIRAC {\nSecurity {\nCertFile = ${folder.path}/cfgcert.pem\nKeyFile = ${folder.path}/cfgkey.pem\nGrid-Security = ${folder.path}/own\n}\n}`,
  );
  const own = 'dirac.cfg: DIRAC/Security/Grid-Security';
  const steps: [place: string, by: string, env: Record<string, string>][] = [
    ['dirac/etc/grid-security/service', 'default folder', env],
    ['dirac/etc/grid-security/dirac', 'default folder', env],
    ['dirac/etc/grid-security/host', 'default folder', env],
    ['own/host', own, env],
    ['dirac/etc/grid-security/server', 'default folder', env],
    ['own/server', own, env],
    ['cfg', 'dirac.cfg: DIRAC/Security/CertFile, KeyFile', env],
    [
      'env',
      'DIRAC_X509_HOST_CERT, DIRAC_X509_HOST_KEY',
      { ...env, DIRAC_X509_HOST_CERT: `${folder.path}/envcert.pem`, DIRAC_X509_HOST_KEY: `${folder.path}/envkey.pem` },
    ],
  ];
  const { lookedIn } = findHostCertificate(env, cfg) as { lookedIn: string[] };
  assert.equal(lookedIn[0], `${folder.path}/cfgcert.pem`);
  assert.equal(lookedIn.length, 9);
  // From the last place to the first: each that is filled goes before all that were.
  for (const [place, by, environment] of steps) {
    const found = pair(place);
    const result = findHostCertificate(environment, cfg);
    assert.ok('found' in result, place);
    assert.deepEqual([result.found, result.by], [found, by], place);
  }
});

test('a certificate without its key is not found', (t) => {
  const folder = temporaryFolder(t);
  const cert = folder.write('dirac/etc/grid-security/hostcert.pem', '');
  const result = findHostCertificate(installedIn(folder), NO_CFG);
  assert.ok('lookedIn' in result && result.lookedIn.includes(cert));
});

test('the proxy: GRID_PROXY_FILE, X509_USER_PROXY, then the fixed place', (t) => {
  const folder = temporaryFolder(t);
  const env = { GRID_PROXY_FILE: `${folder.path}/grid`, X509_USER_PROXY: `${folder.path}/user` };
  folder.write('user', '');
  assert.deepEqual(findProxy(env), { found: env.X509_USER_PROXY, by: 'X509_USER_PROXY' });
  folder.write('grid', '');
  assert.deepEqual(findProxy(env), { found: env.GRID_PROXY_FILE, by: 'GRID_PROXY_FILE' });
});

test('the CA directory: configuration, environment, installation', (t) => {
  const folder = temporaryFolder(t);
  const env = { ...installedIn(folder), X509_CERT_DIR: `${folder.path}/environment` };
  const cfg = parseDiracCfg(
    `DIRAC {\nSecurity {\nGrid-Security = ${folder.path}/own\nCALocation = ${folder.path}/location\n}\n}`,
  );
  const steps = [
    ['dirac/etc/grid-security/certificates', 'default folder'],
    ['environment', 'X509_CERT_DIR'],
    ['location', 'dirac.cfg: DIRAC/Security/CALocation'],
    ['own/certificates', 'dirac.cfg: DIRAC/Security/Grid-Security'],
  ] as const;
  for (const [place, by] of steps) {
    mkdirSync(join(folder.path, place), { recursive: true });
    assert.deepEqual(findCaDirectory(env, cfg), { found: join(folder.path, place), by });
  }
});

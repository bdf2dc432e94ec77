import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNameCache } from '../../src/dips/nameCache.ts';

/** A resolver whose answers are given by hand, and a clock that stands until it is moved. */
function startCache() {
  let nowMs = 0;
  const timers = new Set<{ atMs: number; callback(): void }>();
  const asked: { host: string; answer(addresses: string[]): void; fail(code: string): void }[] = [];
  const resolve = createNameCache({
    lookup: (host) =>
      new Promise((answer, reject) => {
        asked.push({ host, answer, fail: (code) => reject(Object.assign(new Error(code), { code })) });
      }),
    nowMs: () => nowMs,
    after: (ms, callback) => {
      const timer = { atMs: nowMs + ms, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });
  const move = (ms: number) => {
    nowMs += ms;
    for (const { atMs, callback } of [...timers]) if (atMs <= nowMs) callback();
  };
  const learn = async (addresses: string[]) => {
    const first = resolve('a.example.org');
    asked.shift()?.answer(addresses);
    assert.deepEqual(await first, addresses);
  };
  return { resolve, asked, move, learn, timers };
}

test('a name is asked for once in 30 s, and once by all who ask at the same time', async () => {
  const { resolve, asked, move } = startCache();
  const both = [resolve('a.example.org'), resolve('a.example.org')];
  assert.equal(asked.length, 1);
  asked[0]?.answer(['10.0.0.1']);
  assert.deepEqual(await Promise.all(both), [['10.0.0.1'], ['10.0.0.1']]);
  move(30_000);
  assert.deepEqual(await resolve('a.example.org'), ['10.0.0.1']);
  assert.equal(asked.length, 1);
});

test('later it is asked for anew, and the new address counts', async () => {
  const { resolve, asked, move, learn, timers } = startCache();
  await learn(['10.0.0.1']);
  move(30_001);
  const again = resolve('a.example.org');
  asked.shift()?.answer(['10.0.0.2']);
  assert.deepEqual(await again, ['10.0.0.2']);
  assert.deepEqual(await resolve('a.example.org'), ['10.0.0.2']);
  assert.equal(timers.size, 0);
});

test('while the resolver is silent, what was known serves; its late answer is taken', async () => {
  const { resolve, asked, move, learn } = startCache();
  await learn(['10.0.0.1']);
  move(60_000);
  const [first, second] = [resolve('a.example.org'), resolve('a.example.org')];
  move(500);
  assert.deepEqual(await Promise.all([first, second]), [['10.0.0.1'], ['10.0.0.1']]);
  assert.equal(asked.length, 1);
  asked.shift()?.answer(['10.0.0.3']);
  await new Promise(setImmediate);
  assert.deepEqual(await resolve('a.example.org'), ['10.0.0.3']);
});

test('for ten minutes, not longer', async () => {
  const { resolve, asked, move, learn } = startCache();
  await learn(['10.0.0.1']);
  move(600_001);
  const again = resolve('a.example.org');
  move(500);
  asked.shift()?.fail('EAI_AGAIN');
  await assert.rejects(again, { code: 'EAI_AGAIN' });
});

test('"try again" leaves what was known, "does not exist" does not', async () => {
  const { resolve, asked, move, learn } = startCache();
  await learn(['10.0.0.1']);
  move(60_000);
  const again = resolve('a.example.org');
  asked.shift()?.fail('EAI_AGAIN');
  assert.deepEqual(await again, ['10.0.0.1']);
  const gone = resolve('a.example.org');
  asked.shift()?.fail('ENOTFOUND');
  await assert.rejects(gone, { code: 'ENOTFOUND' });
});

test('a name that was never known is waited for, and its failure is its own', async () => {
  const { resolve, asked } = startCache();
  const dead = resolve('dead.example.org');
  const other = resolve('b.example.org');
  asked.find(({ host }) => host === 'b.example.org')?.answer(['10.0.0.9']);
  assert.deepEqual(await other, ['10.0.0.9']);
  asked.find(({ host }) => host === 'dead.example.org')?.fail('EAI_AGAIN');
  await assert.rejects(dead, { code: 'EAI_AGAIN' });
});

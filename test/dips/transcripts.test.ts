import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation, type Outcome } from '../../src/dips/conversation.ts';
import { cutAtRandom, cutIntoBytes, seededRandom } from './pieces.ts';
import { type Expected, OUTCOMES } from './transcriptOutcomes.ts';
import { readTranscripts, type Transcript } from './transcripts.ts';

const RANDOM_SPLITS = 10;
const transcripts = readTranscripts();
const random = seededRandom(2026);

for (const transcript of transcripts) {
  test(transcript.name, () => {
    const whole = replay(transcript, [transcript.bytes]);
    assert.equal(word(whole), expectedOf(transcript.name));
    assert.deepEqual(replay(transcript, cutIntoBytes(transcript.bytes)), whole);
    for (let turn = 0; turn < RANDOM_SPLITS; turn++) {
      assert.deepEqual(replay(transcript, cutAtRandom(transcript.bytes, random)), whole);
    }
    if (whole?.encoding) assert.equal(whole.encoding, transcript.name.startsWith('v9_') ? 'json' : 'dencode');
  });
}

test('every expected outcome belongs to a recording', () => {
  const recorded = new Set(transcripts.map(({ name }) => splitName(name).call));
  assert.deepEqual(
    Object.keys(OUTCOMES).filter((call) => !recorded.has(call)),
    [],
  );
});

test('the facts of a ping answer, in every era', () => {
  for (const [name, version] of [
    ['v6r0_real_dip_ping', 'v6r0-pre4'],
    ['v6r22_real_dip_ping', 'v6r22p35'],
    ['v7r1_real_ping', 'v7r1p47'],
    ['v8_real_ping', '8.0.55'],
    ['v9_real_ping', '9.0.0a32.dev13+gb5bc25cb2d'],
  ]) {
    const transcript = transcripts.find((candidate) => candidate.name === name) as Transcript;
    const outcome = replay(transcript, [transcript.bytes]);
    assert.ok(outcome?.ok, name);
    assert.equal(outcome.facts.version, version);
    assert.equal(outcome.facts.name, 'Framework/RigLab');
    assert.match(`${outcome.facts.serviceStartTime}`, /^2026-11-24T\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok((outcome.facts.serviceUptimeSeconds as number) >= 0, 'uptime of the service');
    assert.ok((outcome.facts.hostUptimeSeconds as number) > 0, 'uptime of the host');
    assert.equal(outcome.facts.load?.length, 3);
  }
});

/** The outcome after all pieces and the recorded end; null where the service went silent. */
function replay({ end }: Transcript, pieces: Buffer[]): Outcome | null {
  const conversation = new Conversation();
  for (const piece of pieces) {
    const outcome = conversation.receive(piece);
    if (outcome) return outcome;
  }
  return end === 'closed' ? conversation.end() : null;
}

function word(outcome: Outcome | null): Expected {
  if (outcome === null) return 'waits';
  return outcome.ok ? 'ok' : outcome.reason;
}

function expectedOf(name: string): Expected | undefined {
  const { era, call } = splitName(name);
  const expected = OUTCOMES[call];
  return typeof expected === 'object' ? expected[era] : expected;
}

function splitName(name: string): { era: string; call: string } {
  const at = name.indexOf('_');
  return { era: name.slice(0, at), call: name.slice(at + 1) };
}

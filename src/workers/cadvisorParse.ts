/** Thread entry: asks nodes for their samples and makes lines of the answers, many nodes at once. Never throws. */
import { isIP, type LookupFunction } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import pLimit from 'p-limit';
import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import { Client } from 'undici';
import type { CollectOutcome, CollectSetup, CollectTask } from '../cadvisor/collectTask.ts';
import type { CadvisorNode } from '../cadvisor/node.ts';
import { parseAnswer } from '../cadvisor/parseAnswer.ts';
import { type ReceiveBudget, type ScrapeOutcome, scrape } from '../cadvisor/scrape.ts';
import { resolveHost } from '../dips/connect.ts';
import { cutLines } from '../model/cutLines.ts';
import { DEFAULT_BATCH } from '../model/influxTarget.ts';
import type { ParsedLines } from '../model/parseTask.ts';

const { nodes, format, maxBytes, keepAliveMs } = workerData as CollectSetup;

/** Four answers of the default limit at once, or 1000 nodes of 250 kB. */
const budget: ReceiveBudget = { heldBytes: 0, maxBytes: 256 * 2 ** 20 };

/**
 * How many answers are read at a time; the others wait in their sockets. A thread that has more to do than it can would else have a part of
 * each in memory, and end none in time.
 */
const places = pLimit(8);
/** An answer that comes slowly gives up its place, and is read on beside the others. */
const PLACE_MS = 200;

/** One connection a node: nodes behind one proxy would wait for each other on a shared one. */
const clients = new Map<CadvisorNode, Client>();
/** By the PEM of its CAs: a context of its own for each connection would cost milliseconds. */
const contexts = new Map<string, SecureContext>();

export default async function cadvisorParse(task: CollectTask): Promise<CollectOutcome> {
  let bytes = 0;
  try {
    const node = nodes[task.place] as CadvisorNode;
    const answer = await scrapeInTime(node, task);
    if (!answer.ok) return { ...answer, bytes };
    bytes = answer.body.length;
    const { source, cursor } = task;
    const parsed = parseAnswer({ source, host: node.host, cursor, format, body: answer.body });
    // Gives the memory back now: left to the garbage collector, every second answer of 10 MB makes it look through all of the heap.
    answer.body.buffer.transfer(0);
    return parsed.ok ? moved(parsed, bytes) : { ...parsed, tooLarge: false, bytes };
  } catch (error) {
    const fault = error instanceof Error ? error.stack : error;
    return { ok: false, tooLarge: false, bytes, detail: `the collecting thread failed, please report it: ${fault}` };
  }
}

async function scrapeInTime(node: CadvisorNode, task: CollectTask): Promise<ScrapeOutcome> {
  const deadline = new AbortController();
  const late = () => deadline.abort(new Error(`no whole answer within ${task.timeoutMs} ms`));
  const timer = setTimeout(late, task.leftMs);
  const dispatcher = clientOf(node, task.timeoutMs);
  const answer = await scrape({ ...task, node, maxBytes, budget, inTurn, signal: deadline.signal, dispatcher });
  clearTimeout(timer);
  return answer;
}

function inTurn<Result>(read: () => Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    void places(async () => {
      const reading = read();
      reading.then(resolve, reject);
      await settledWithin(PLACE_MS, reading);
    });
  });
}

/** Resolves when the promise is settled, or after so many ms. */
function settledWithin(ms: number, promise: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const settled = () => {
      clearTimeout(timer);
      resolve();
    };
    promise.then(settled, settled);
  });
}

function clientOf(node: CadvisorNode, timeoutMs: number): Client {
  const known = clients.get(node);
  if (known) return known;
  const client = new Client(new URL(node.url).origin, {
    connect: { timeout: timeoutMs, lookup: lookupWithin(timeoutMs), ...secureContext(node.ca) },
    allowH2: false,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    // The deadline is the round's own.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  clients.set(node, client);
  return client;
}

function secureContext(ca: string | null): { secureContext?: SecureContext } {
  if (ca === null) return {};
  const context = contexts.get(ca) ?? createSecureContext({ ca });
  contexts.set(ca, context);
  return { secureContext: context };
}

/** Through the cache of names: a few names whose resolver is dead must not hold up all others. */
function lookupWithin(timeoutMs: number): LookupFunction {
  return (host, { all }, callback) => {
    resolveHost(host, timeoutMs).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        const [first] = found;
        if (all) callback(null, found);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error) => callback(error, ''),
    );
  };
}

/** Lets piscina transfer the lines instead of copying them: 4.7 MB cost the main thread 0.3 ms this way. */
function moved({ lines, ...parsed }: ParsedLines, bytes: number): CollectOutcome {
  const pieces = cutLines({ lines, points: parsed.points }, DEFAULT_BATCH.maxBytes, DEFAULT_BATCH.maxLines);
  const wrapped = { [transferableSymbol]: [lines.buffer], [valueSymbol]: { ...parsed, pieces, bytes } };
  return move(wrapped as unknown as Parameters<typeof move>[0]) as unknown as CollectOutcome;
}

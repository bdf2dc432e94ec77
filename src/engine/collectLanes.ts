import type { CollectOutcome, CollectSetup, CollectTask } from '../cadvisor/collectTask.ts';
import type { CadvisorNode } from '../cadvisor/node.ts';
import { type CollectLaneCounts, startCollectLane } from './collectLane.ts';
import { workerUrl } from './workerUrl.ts';

/** The collecting threads. Each node has one of them for good, which keeps its connection. */
export interface CollectLanes {
  readonly counts: Readonly<CollectLaneCounts>;
  /** Never rejects. */
  ask(node: CadvisorNode, task: Omit<CollectTask, 'place'>): Promise<CollectOutcome>;
  /** Ends at once, connections too; what is under way fails. */
  close(): Promise<void>;
}

/** Starts `threads` of them, but none without a node, and deals the nodes out among them. */
export function startCollectLanes(
  threads: number,
  { nodes, ...setup }: CollectSetup,
  entry = workerUrl('cadvisorParse'),
): CollectLanes {
  const counts: CollectLaneCounts = { crashed: 0, stuck: 0 };
  const length = Math.min(threads, nodes.length);
  const dealt = Array.from({ length }, (_, lane) => nodes.filter((_, at) => at % length === lane));
  const lanes = dealt.map((own) => startCollectLane(entry, { ...setup, nodes: own }, counts));
  const placeOf = new Map(dealt.flatMap((own, lane) => own.map((node, place) => [node, { lane, place }] as const)));
  return {
    counts,
    ask: async (node, task) => {
      const { lane = 0, place = -1 } = placeOf.get(node) ?? {};
      return lanes[lane]?.run({ ...task, place }) as Promise<CollectOutcome>;
    },
    close: async () => {
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}

import fastJson from 'fast-json-stringify';
import type { ProbeResult } from '../model/result.ts';
import { probeResultSchema } from '../model/resultSchema.ts';
import type { TargetHistory, TargetStatus, Transition } from '../model/targetState.ts';
import { targetHistorySchema, targetStatusSchema, transitionSchema } from '../model/targetStateSchema.ts';

/*
 * Writers of the front's JSON, from the schemas that also give the types; each is compiled when it is first used.
 */

export const stringifyResult = writer<ProbeResult>(probeResultSchema);
export const stringifyStatuses = writer<TargetStatus[]>({ type: 'array', items: targetStatusSchema });
export const stringifyHistory = writer<TargetHistory>(targetHistorySchema);
export const stringifyTransition = writer<Transition>(transitionSchema);

function writer<T>(schema: object): (value: T) => string {
  let compiled: ((value: T) => string) | null = null;
  return (value) => {
    compiled ??= fastJson(schema as never) as (value: T) => string;
    return compiled(value);
  };
}

import fastJson from 'fast-json-stringify';
import type { ProbeResult } from '../model/result.ts';
import { probeResultSchema } from '../model/resultSchema.ts';

/** Writes one result as JSON; compiled from the schema that also gives the type. */
export const stringifyResult: (result: ProbeResult) => string = fastJson(probeResultSchema as never);

/** Writes a list of results as JSON. */
export const stringifyResults: (results: ProbeResult[]) => string = fastJson({
  type: 'array',
  items: probeResultSchema as never,
});

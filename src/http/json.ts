import fastJson from 'fast-json-stringify';
import Type from 'typebox';
import type { ProbeResult } from '../model/result.ts';
import { ProbeResultSchema } from '../model/resultSchema.ts';

/** Writes one result as JSON; compiled from the schema that also gives the type. */
export const stringifyResult: (result: ProbeResult) => string = fastJson(ProbeResultSchema);

/** Writes a list of results as JSON. */
export const stringifyResults: (results: ProbeResult[]) => string = fastJson(Type.Array(ProbeResultSchema));

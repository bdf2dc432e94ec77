import type { FromSchema } from 'json-schema-to-ts';
import { REASONS } from './reasons.ts';
import { probeResultSchema } from './resultSchema.ts';

/*
 * The one description of states, transitions and history: their types (targetState.ts) are derived from it and the JSON writers are
 * compiled from it, as with resultSchema.ts.
 */

const STATES = ['up', 'degraded', 'down'] as const;
const url = { type: 'string', description: 'URL' } as const;
const timeMs = { type: 'number', description: 'Milliseconds since 1970' } as const;
const stateReason = {
  type: 'string',
  enum: [...REASONS, 'slow', 'certificate_expiry'],
  nullable: true,
  description: 'Why it is not up: of down a failure reason, of degraded slow or certificate_expiry; null of up',
} as const;
const detail = { type: 'string', nullable: true, description: 'For people; null when all is well' } as const;

export const transitionSchema = {
  type: 'object',
  properties: {
    target: url,
    from: { type: 'string', enum: STATES, nullable: true, description: 'Null at the first result' },
    to: { type: 'string', enum: STATES },
    atMs: timeMs,
    reason: stateReason,
    detail,
  },
  required: ['target', 'from', 'to', 'atMs', 'reason', 'detail'],
  additionalProperties: false,
} as const;

export const targetStatusSchema = {
  type: 'object',
  description: 'All but target are null until its first result',
  properties: {
    target: url,
    state: { type: 'string', enum: STATES, nullable: true },
    sinceMs: { ...timeMs, nullable: true, description: 'When it came into this state, milliseconds since 1970' },
    reason: stateReason,
    result: {
      ...probeResultSchema,
      nullable: true,
      description: 'The newest one that says something of the service (not overload)',
    },
    resultAtMs: { ...timeMs, nullable: true, description: 'When that ended, milliseconds since 1970' },
  },
  required: ['target', 'state', 'sinceMs', 'reason', 'result', 'resultAtMs'],
  additionalProperties: false,
} as const;

const historyEntrySchema = {
  type: 'object',
  properties: {
    target: url,
    atMs: { ...timeMs, description: 'When the ping ended, milliseconds since 1970' },
    ok: { type: 'boolean' },
    reason: { type: 'string', enum: REASONS, nullable: true },
    detail,
    totalMs: { type: 'number' },
  },
  required: ['target', 'atMs', 'ok', 'reason', 'detail', 'totalMs'],
  additionalProperties: false,
} as const;

export const targetHistorySchema = {
  type: 'object',
  description: 'Of one target, newest first',
  properties: {
    entries: { type: 'array', items: historyEntrySchema },
    transitions: { type: 'array', items: transitionSchema },
  },
  required: ['entries', 'transitions'],
  additionalProperties: false,
} as const;

export type TransitionOfSchema = FromSchema<typeof transitionSchema>;
export type TargetStatusOfSchema = FromSchema<typeof targetStatusSchema>;
export type HistoryEntryOfSchema = FromSchema<typeof historyEntrySchema>;
export type TargetHistoryOfSchema = FromSchema<typeof targetHistorySchema>;

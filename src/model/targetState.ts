import type {
  HistoryEntryOfSchema,
  TargetHistoryOfSchema,
  TargetStatusOfSchema,
  TransitionOfSchema,
} from './targetStateSchema.ts';

/** A target changed its state, or was seen for the first time. Fields: targetStateSchema.ts. */
export type Transition = TransitionOfSchema;

/** What is said of a target. `degraded`: it answers, but slower than the soft limit, or a certificate of its ends soon. */
export type TargetState = Transition['to'];

/** Why it is not up: of `down` a failure reason, of `degraded` one of the other two. */
export type StateReason = NonNullable<Transition['reason']>;

/** A watched target as it is now. All but `target` are null until its first result. */
export type TargetStatus = TargetStatusOfSchema;

/** One result as the history keeps it. */
export type HistoryEntry = HistoryEntryOfSchema;

/** What the history knows of one target, newest first. */
export type TargetHistory = TargetHistoryOfSchema;

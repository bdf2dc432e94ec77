/** A round's deadline that makes the sick thread do what none should: throw an uncaught error, and loop without an end. */
export const CRASH_MS = 401;
export const STAND_STILL_MS = 402;

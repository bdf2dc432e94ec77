/**
 * ContainerInfo as far as the schemas read it (google/cadvisor, info/v1/container.go, tags 0.2 to v0.60).
 * Go's `omitempty` drops what is zero or unset and since v0.60.2 whole groups, so that every part may be absent;
 * nothing that came over the network is trusted to have the type it should.
 */

/** A bigint stands where the text held an integer beyond 2^53 (see oracle.ts). */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export function asObject(value: Json | undefined): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

export function asArray(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

export function asText(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** Labels of a container: `spec.labels` since v0.30, top-level `labels` before. */
export function labelsOf(container: JsonObject): JsonObject {
  return asObject(asObject(container.spec)?.labels) ?? asObject(container.labels) ?? {};
}

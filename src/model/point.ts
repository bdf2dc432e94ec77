/** Tags of a point. Null and empty values are left out when it is written: InfluxDB refuses an empty tag value. */
export type Tags = Readonly<Record<string, string | null>>;

/**
 * A field's value. A number or bigint is an integer field; a float says that it is one: `{ float: 12 }`.
 * InfluxDB fixes a field's type by its first value, so that the type must never follow from the value.
 */
export type FieldValue = number | bigint | boolean | string | { readonly float: number };
export type Fields = Readonly<Record<string, FieldValue>>;

/** One point of a time series. Points of one series should share one `tags` object: its text is kept. */
export interface Point {
  /** A plain name: letters, digits, underscores. */
  readonly measurement: string;
  readonly tags: Tags;
  readonly fields: Fields;
  /** Nanoseconds since 1970, UTC. */
  readonly timeNs: bigint;
}

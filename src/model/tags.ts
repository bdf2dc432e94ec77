/** Tags of a point. Null and empty values are left out when it is written: InfluxDB refuses an empty tag value. */
export type Tags = Readonly<Record<string, string | null>>;

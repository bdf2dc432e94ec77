/** Names of measurements and fields: `legacy` = the original script's, `cadvisor` = those of cAdvisor's own InfluxDB driver. */
export type LineSchema = 'legacy' | 'cadvisor';

/** How a cAdvisor's samples become lines. */
export interface LineFormat {
  /** Each sample is written once in each. */
  readonly schemas: readonly LineSchema[];
  /** A container counts if one of its aliases contains this text; null: whatever its aliases. */
  readonly alias: string | null;
  /** A container counts if it has this label; null: whatever its labels. */
  readonly label: string | null;
  /** Tags that every line gets. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What the original wrote, of the containers that the original took. */
export const ORIGINAL_FORMAT: LineFormat = { schemas: ['legacy'], alias: 'mesos', label: 'dirac_component', tags: {} };

import type { LineFormat } from '../model/lineFormat.ts';
import { tagsText } from '../model/lineText.ts';
import type { CadvisorSource } from '../model/parseTask.ts';
import type { Tags } from '../model/tags.ts';

/** What is known of a container before its samples. Values as JSON.parse gives them, for nothing that came over the network is trusted. */
export interface ContainerFacts {
  /** Absolute cgroup name. */
  readonly name: string;
  readonly id: unknown;
  readonly aliases: unknown;
  readonly labels: Readonly<Record<string, unknown>>;
}

/** The tags of a container's points. */
export interface ContainerTags {
  readonly legacy: Tags;
  readonly cadvisor: Tags;
}

/** The measurement that cAdvisor's InfluxDB driver makes of one number, and the tags it tells it apart by; null: none. */
export interface Metric {
  readonly measurement: string;
  readonly tags: Tags | null;
}

/** The label that the original went by, and made a tag of. */
const ORIGINAL_LABEL = 'dirac_component';

/**
 * The tags of a container that counts, null for any other; the machine always does. Static tags give way to a container's labels (which
 * only `cadvisor` writes), and those to the tags that tell points apart: in cAdvisor's driver labels overwrite all others.
 */
export function containerTags(
  source: CadvisorSource,
  host: string,
  format: LineFormat,
  { name, id, aliases, labels }: ContainerFacts,
): ContainerTags | null {
  const names = Array.isArray(aliases) ? aliases.filter((alias) => typeof alias === 'string') : [];
  const texts = Object.entries(labels).filter((label): label is [string, string] => typeof label[1] === 'string');
  const cadvisor = { ...format.tags, ...Object.fromEntries(texts), container_name: names[0] ?? name, machine: host };
  if (source === 'machine') return { legacy: { ...format.tags, host }, cadvisor };

  const { alias, label } = format;
  if (alias !== null && !names.some((each) => each.includes(alias))) return null;
  if (label !== null && !Object.hasOwn(labels, label)) return null;
  const tag = label ?? ORIGINAL_LABEL;
  const component = Object.hasOwn(labels, tag) ? labels[tag] : null;
  // Before v0.21 the id had no key of its own; it was part of the cgroup's name, as it still is.
  const dockerId = typeof id === 'string' ? id : (/[0-9a-f]{64}/.exec(name)?.[0] ?? null);
  const own = { [tag]: typeof component === 'string' ? component : null, docker_id: dockerId, host };
  return { legacy: { ...format.tags, ...own }, cadvisor };
}

/** `cpu_usage_total,machine=… value=`, the beginning of a line of `cadvisor`. `tags`: the container's, and `text` those alone. */
export function metricPrefix({ measurement, tags: own }: Metric, tags: Tags, text: string): string {
  return `${measurement}${own === null ? text : tagsText({ ...tags, ...own })} value=`;
}

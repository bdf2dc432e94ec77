import { tagsText } from '../model/lineText.ts';
import type { ParseMessage } from '../model/parseTask.ts';
import type { Tags } from '../model/tags.ts';
import type { ContainerTags } from './containerTags.ts';

/** How the lines of `legacy` begin for each part of a container's sample, in the order of scan/host.h. */
export function partPrefixes({ legacy }: ContainerTags): string[] {
  const text = tagsText(legacy);
  return ['cpu', 'memory', 'network', 'tasks'].map((measurement) => `${measurement}${text}`);
}

/** How the lines of an interface begin, which `legacy` alone writes: its fields, then none of usage and limit (scan/host.h, Series). */
export function interfacePrefixes(name: string, { legacy }: ContainerTags): string[] {
  return [named('network', legacy, { name }), '', ''];
}

/** How the lines of a device begin: its fields in `legacy`, usage and limit in `cadvisor`; empty where they are not written. */
export function devicePrefixes(device: string, tags: ContainerTags, { source, format }: ParseMessage): string[] {
  const isCadvisor = format.schemas.includes('cadvisor');
  // The original passed over what Docker mounts.
  const isLegacy = format.schemas.includes('legacy') && source === 'machine' && !device.includes('docker');
  const metric = (measurement: string, type: string) =>
    isCadvisor ? `${named(measurement, tags.cadvisor, { device, type })} value=` : '';
  return [
    isLegacy ? named('filesystem', tags.legacy, { device }) : '',
    metric('fs_usage', 'usage'),
    metric('fs_limit', 'limit'),
  ];
}

function named(measurement: string, tags: Tags, tag: Tags): string {
  return `${measurement}${tagsText({ ...tags, ...tag })}`;
}

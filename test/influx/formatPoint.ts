/*
 * A point as an object, and its line: the slow, obvious way that what writes lines at once is held against.
 */
import { integerText, keyText, stringText, tagsText } from '../../src/model/lineText.ts';
import type { Tags } from '../../src/model/tags.ts';

/**
 * A field's value. A number or bigint is an integer field; a float says that it is one: `{ float: 12 }`.
 * InfluxDB fixes a field's type by its first value, so that the type must never follow from the value.
 */
export type FieldValue = number | bigint | boolean | string | { readonly float: number };
export type Fields = Readonly<Record<string, FieldValue>>;

/** One point of a time series. */
export interface Point {
  /** A plain name: letters, digits, underscores. */
  readonly measurement: string;
  readonly tags: Tags;
  readonly fields: Fields;
  /** Nanoseconds since 1970, UTC. */
  readonly timeNs: bigint;
}

/** One line, `\n` included; '' when no field is left, which InfluxDB would refuse. NaN and infinities cannot be written and are left out. */
export function formatPoint({ measurement, tags, fields, timeNs }: Point): string {
  const fieldText = formatFields(fields);
  return fieldText === '' ? '' : `${measurement}${tagsText(tags)} ${fieldText} ${timeNs}\n`;
}

function formatFields(fields: Fields): string {
  let text = '';
  for (const key in fields) {
    const name = keyText(key);
    const value = formatValue(fields[key] as FieldValue);
    if (name !== '' && value !== null) text += text === '' ? `${name}=${value}` : `,${name}=${value}`;
  }
  return text;
}

function formatValue(value: FieldValue): string | null {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return integerText(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'string':
      return stringText(value);
    default:
      return Number.isFinite(value.float) ? String(value.float) : null;
  }
}

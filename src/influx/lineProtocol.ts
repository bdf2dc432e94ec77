/**
 * InfluxDB line protocol, one point a line:
 *
 *   measurement[,tag=value…] field=value[,field=value…] timestamp
 *
 * How its parts are escaped: model/lineText.ts.
 */
import { integerText, keyText, stringText, tagsText } from '../model/lineText.ts';
import type { Fields, FieldValue, Point, Tags } from '../model/point.ts';

/** The text of tags that were written before: a series' tags are one object, and writing them costs more than the rest of a line. */
const tagTexts = new WeakMap<Tags, string>();

/** One line, `\n` included; '' when no field is left, which InfluxDB would refuse. NaN and infinities cannot be written and are left out. */
export function formatPoint({ measurement, tags, fields, timeNs }: Point): string {
  const fieldText = formatFields(fields);
  return fieldText === '' ? '' : `${measurement}${tagTextOf(tags)} ${fieldText} ${timeNs}\n`;
}

function tagTextOf(tags: Tags): string {
  let text = tagTexts.get(tags);
  if (text === undefined) {
    text = tagsText(tags);
    tagTexts.set(tags, text);
  }
  return text;
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

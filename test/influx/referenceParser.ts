/**
 * A slow reader of line protocol as InfluxDB 1.6 reads it (models/points.go), which has two ways to tell what a `\` escapes:
 * what it stands directly before, or its pair. A line on which the two do not agree is refused. The oracle of what we write.
 */
export interface ReadPoint {
  measurement: string;
  tags: Record<string, string>;
  fields: Record<string, ReadField>;
  timeNs: bigint;
}
export type ReadField = { integer: bigint } | { float: number } | { string: string } | { boolean: boolean };

export function readLines(text: string): ReadPoint[] {
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Error('the last line has no line feed');
  return text.slice(0, -1).split('\n').map(readLine);
}

export function readLine(line: string): ReadPoint {
  const [key = '', rest = ''] = splitOnce(line, ' ');
  const [measurement = '', ...tagTexts] = split(key, ',');
  const tags: Record<string, string> = {};
  for (const tag of tagTexts) {
    const [name = '', value = ''] = splitOnce(tag, '=');
    if (name === '' || value === '' || Object.hasOwn(tags, unescapeName(name)))
      throw new Error(`bad tag ${tag} in ${line}`);
    tags[unescapeName(name)] = unescapeName(value);
  }
  const end = rest.lastIndexOf(' ');
  const time = rest.slice(end + 1);
  if (end < 0 || !/^-?\d+$/.test(time)) throw new Error(`bad timestamp in ${line}`);
  return { measurement: unescapeName(measurement), tags, fields: readFields(rest.slice(0, end)), timeNs: BigInt(time) };
}

function readFields(text: string): Record<string, ReadField> {
  const fields: [name: string, value: ReadField][] = [];
  let rest = text;
  while (rest !== '') {
    const pair = /^((?:\\.|[^\\=, ])+)=(.*)$/s.exec(rest);
    const [, name = '', after = ''] = pair ?? [];
    const value = /^("(?:[^"\\]|\\.)*"|[^", ]+)(,(?=.)|$)/s.exec(after);
    if (name === '' || !value) throw new Error(`bad fields ${rest}`);
    fields.push([name.replace(/\\([, ="])/g, '$1'), readValue(value[1] as string)]);
    rest = after.slice(value[0].length);
  }
  if (fields.length === 0) throw new Error('no field');
  return Object.fromEntries(fields); // Also of a field that is called __proto__.
}

function readValue(text: string): ReadField {
  if (text.startsWith('"')) return { string: text.slice(1, -1).replace(/\\(["\\])/g, '$1') };
  if (/^-?\d+i$/.test(text)) return { integer: BigInt.asIntN(64, checkInt64(BigInt(text.slice(0, -1)))) };
  if (text === 'true' || text === 'false') return { boolean: text === 'true' };
  if (/^-?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/.test(text)) return { float: Number(text) };
  throw new Error(`bad field value ${text}`);
}

function checkInt64(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw new Error(`${value} is no int64`);
  return value;
}

/** Splits at each `separator` that is not escaped. */
function split(text: string, separator: string): string[] {
  const [first, rest] = splitOnce(text, separator);
  return first.length === text.length ? [first] : [first, ...split(rest, separator)];
}

/** Splits at the first `separator` that is not escaped, by either way to tell. */
function splitOnce(text: string, separator: string): [string, string] {
  const byPairs = new RegExp(String.raw`^(?:\\.|[^\\])*?(?=${separator}|$)`, 's').exec(text);
  const end = byPairs?.[0].length ?? text.length;
  const neighbour = text.search(new RegExp(String.raw`(?<!\\)${separator}`));
  if (end !== (neighbour < 0 ? text.length : neighbour)) throw new Error(`ambiguous: ${text}`);
  return [text.slice(0, end), text.slice(end + 1)];
}

function unescapeName(text: string): string {
  return text.replace(/\\([, =])/g, '$1');
}

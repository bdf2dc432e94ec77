/** One line of the comparison; columns that a bench does not measure are absent. */
export interface Row {
  name: string;
  'CPU µs/op'?: number;
  'op/s'?: number;
  'MB/s'?: number;
}

const COLUMNS = ['CPU µs/op', 'op/s', 'MB/s'] as const;

/** The rows as an aligned table. */
export function formatRows(rows: Row[]): string {
  const cells = rows.map((row) => [row.name, ...COLUMNS.map((column) => formatNumber(row[column]))]);
  const table = [['', ...COLUMNS], ...cells];
  const widths = table[0]?.map((_, at) => Math.max(...table.map((line) => (line[at] as string).length))) ?? [];
  return table
    .map((line) =>
      line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
    )
    .join('\n');
}

/** Three digits that count. */
function formatNumber(value: number | undefined): string {
  if (value === undefined) return '';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

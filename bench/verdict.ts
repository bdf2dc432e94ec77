/** One demand of the project's "Speed" table, and what became of it. */
export interface Verdict {
  what: string;
  measured: string;
  /** What it is held against; empty = an absolute demand. */
  against: string;
  demanded: string;
  /** Null: could not be measured here; `measured` says why. */
  met: boolean | null;
}

/** A demand on a ratio of two figures of one run. */
export function judgeRatio(what: string, figure: number, peer: number, limit: number, unit: string): Verdict {
  const ratio = figure / peer;
  return {
    what,
    measured: `${digits(figure)} ${unit}`,
    against: `${digits(peer)} ${unit}`,
    demanded: `${digits(ratio)} × (≤ ${limit} ×)`,
    met: ratio <= limit,
  };
}

/** A demand on a figure alone. */
export function judgeFigure(what: string, figure: number, limit: number, unit: string): Verdict {
  return {
    what,
    measured: `${digits(figure)} ${unit}`,
    against: '',
    demanded: `≤ ${limit} ${unit}`,
    met: figure <= limit,
  };
}

/** What cannot be measured on this machine. */
export function notMeasured(what: string, why: string): Verdict {
  return { what, measured: `not measured: ${why}`, against: '', demanded: '', met: null };
}

/** Three digits that count. */
export function digits(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** The verdicts as lines of a Markdown table, which is read as it is too. */
export function formatVerdicts(verdicts: readonly Verdict[]): string {
  const said = { true: 'met', false: 'NOT MET', null: '–' };
  return formatTable(
    ['what', 'measured', 'against', 'demanded', ''],
    verdicts.map(({ what, measured, against, demanded, met }) => [what, measured, against, demanded, said[`${met}`]]),
  );
}

/** A Markdown table with its columns aligned. */
export function formatTable(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((title, at) => Math.max(3, title.length, ...lines.map((line) => line[at]?.length ?? 0)));
  const format = (cells: readonly string[]) =>
    `| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width)).join(' | ')} |`;
  return [format(head), format(widths.map((width) => '-'.repeat(width))), ...lines.map(format)].join('\n');
}

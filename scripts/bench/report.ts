import type { Bar, Figure, Finding } from './bench-row.ts';
import { verdictOf } from './verdict.ts';

export interface ReportLine {
  readonly row: string;
  readonly finding: Finding;
}

/** For machines: `value` is unrounded, `bar` is `{"atLeast":n}` or `{"atMost":n}`, a skipped row has neither. */
export function printJsonLine({ row, finding }: ReportLine): string {
  const verdict = verdictOf(finding);
  if ('skipped' in finding)
    return JSON.stringify({ row, what: finding.what, verdict, detail: finding.skipped });
  const { what, value, unit, bar, detail } = finding;
  return JSON.stringify({ row, what, value, unit, bar, verdict, detail });
}

/** For people: one line a figure, columns aligned, numbers rounded to what is worth reading. */
export function printTable(lines: readonly ReportLine[]): string {
  return align([['row', 'figure', 'measured', 'bar', 'verdict', 'detail'], ...lines.map(cellsOf)]);
}

function cellsOf({ row, finding }: ReportLine): readonly string[] {
  const verdict = verdictOf(finding);
  if ('skipped' in finding) return [row, finding.what, '-', '-', verdict, finding.skipped];
  return [row, finding.what, printValue(finding), printBar(finding), verdict, finding.detail];
}

function printValue({ value, unit }: Pick<Figure, 'value' | 'unit'>): string {
  const number = value.toLocaleString('en-GB', {
    maximumFractionDigits: value < 10 ? 2 : value < 1000 ? 1 : 0,
  });
  return unit === 'x' ? `${number}x` : `${number} ${unit}`;
}

function printBar({ bar, unit }: { readonly bar: Bar; readonly unit: Figure['unit'] }): string {
  return 'atLeast' in bar
    ? `>= ${printValue({ value: bar.atLeast, unit })}`
    : `<= ${printValue({ value: bar.atMost, unit })}`;
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

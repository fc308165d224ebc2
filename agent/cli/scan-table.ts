import { isOfUnknownRegion, scanDigest, type ScanFinding, type ScanReport } from '../scan/report.ts';
import type { LeftAlone, Unmapped } from '../scan/rewrite.ts';
import { alignColumns, oneLine, paint, type Style, type Terminal } from './terminal.ts';

const STYLES: Readonly<Record<ScanFinding['severity'], Style>> = {
  error: 'red',
  warning: 'yellow',
  info: 'dim',
};

/** `path:line:column`, which editors and terminals make a link of, then what is there. The last line sums up. */
export function printScanTable(report: ScanReport, terminal: Terminal): string {
  const rows = report.findings.map(({ path, line, column, severity, region, kind, text }) => [
    `${oneLine(path)}:${line}:${column}`,
    paint(terminal, STYLES[severity], severity),
    paint(terminal, 'cyan', region ?? '-'),
    kind,
    oneLine(text),
  ]);
  return `${alignColumns(rows, terminal.columns)}${summary(report)}\n`;
}

function summary(report: ScanReport): string {
  const count = (severity: string): number =>
    report.findings.filter((finding) => finding.severity === severity).length;
  const unknown = report.findings.filter(isOfUnknownRegion).length;
  const digest = scanDigest(report);
  const parts = [
    `${many(report.files, 'file')}, ${megabytes(report.bytes)}`,
    `${many(count('error'), 'error')}, ${many(count('warning'), 'warning')}, ${count('info')} info`,
    ...(unknown > 0 ? [`${unknown} of the warnings of unknown region`] : []),
    ...(report.allowed.length > 0 ? [`${report.allowed.length} allowed`] : []),
    ...(report.known.length > 0 ? [`${report.known.length} in the baseline`] : []),
    ...(report.ignored > 0 ? [`${report.ignored} ignored`] : []),
    ...(report.skipped.length > 0 ? [`left out ${report.skipped.join(' ')}`] : []),
    ...(digest === undefined ? [] : [`clean, ${digest}`]),
  ];
  return parts.join('; ');
}

export function printUnread({ unreadable }: ScanReport, terminal: Terminal): string {
  return unreadable
    .map(({ path, cause }) => `${paint(terminal, 'yellow', 'not read:')} ${oneLine(path)}: ${cause}\n`)
    .join('');
}

export function printUnmapped(unmapped: readonly Unmapped[], terminal: Terminal): string {
  return unmapped
    .map(({ path, line, column, text, why }) => {
      const place = `${oneLine(path)}:${line}:${column}`;
      return `${paint(terminal, 'red', 'not rewritten:')} ${place}: ${oneLine(text)}: ${why}\n`;
    })
    .join('');
}

export function printLeftAlone(leftAlone: readonly LeftAlone[], terminal: Terminal): string {
  return leftAlone
    .map(({ path, why, places }) => {
      const label = paint(terminal, 'yellow', 'left alone:');
      return `${label} ${oneLine(path)} (${many(places, 'place')}): ${why}\n`;
    })
    .join('');
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function many(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

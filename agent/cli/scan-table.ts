import type { Belief } from '../scan/origin/belief.ts';
import { isOfUnknownRegion, scanDigest, type ScanFinding, type ScanReport } from '../scan/report/report.ts';
import type { LeftAlone, Unmapped } from '../scan/rewrite/rewrite.ts';
import { alignColumns, oneLine, paint, type Style, type Terminal } from '../console/terminal.ts';

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
  return `${alignColumns(rows, terminal.columns)}${beliefs(report)}${summary(report)}\n`;
}

/** A line each; of a host with hundreds of packages the first ones say it. */
const MOST_LINES = 20;

function beliefs({ believed, changed }: ScanReport): string {
  const withFindings = believed.filter(({ findings }) => findings !== null && findings > 0);
  const shown = withFindings.slice(0, MOST_LINES);
  const rest = withFindings.slice(MOST_LINES);
  const more =
    rest.length === 0
      ? []
      : [`${many(rest.length, 'more package')}: ${counted(totalOf(rest))}, see --vendor and --format json`];
  const unsearched = Map.groupBy(
    believed.filter(({ findings }) => findings === null),
    ({ because }) => because,
  );
  const lines = [
    ...Array.from(unsearched.values(), unsearchedLine),
    ...shown.map((belief) => `${oneLine(nameOf(belief))}: ${counted(belief)}, ${SAYS[belief.because]}`),
    ...more,
    ...changed.map(
      ({ path, name, version }) =>
        `${oneLine(path)}: changed since ${oneLine(`${name} ${version}`.trim())} was installed`,
    ),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** Of all packages of one record: what is in hundreds of them nobody reads a line each for. */
function unsearchedLine(believed: readonly Belief[]): string {
  const [first] = believed;
  if (first === undefined) return '';
  const files = many(totalOf(believed).files, 'file');
  const line =
    believed.length === 1
      ? `${nameOf(first)}: ${files}`
      : `${first.because}: ${files} of ${many(believed.length, 'package')}`;
  return `${oneLine(line)}, ${SAYS[first.because]}`;
}

function nameOf({ because, package: name, version }: Belief): string {
  return name === null ? (TITLES[because] ?? because) : `${name} ${version ?? ''}`.trim();
}

const UNCHANGED = 'unchanged since installed';
const SAYS: Readonly<Record<Belief['because'], string>> = {
  dpkg: UNCHANGED,
  rpm: UNCHANGED,
  pip: UNCHANGED,
  conda: UNCHANGED,
  snap: 'in a read-only image',
  image: 'in a read-only image',
  catalogue: 'tables of all regions',
  documentation: 'of libraries',
  tests: 'of libraries',
};
const TITLES: Readonly<Partial<Record<Belief['because'], string>>> = {
  catalogue: 'catalogues',
  documentation: 'documentation',
  tests: 'tests and examples',
};

function counted({ findings, files }: Pick<Belief, 'findings' | 'files'>): string {
  return `${grouped(findings ?? 0)} in ${grouped(files)} ${files === 1 ? 'file' : 'files'}`;
}

/** `14,032`, in every locale. */
function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

function totalOf(believed: readonly Belief[]): { readonly findings: number; readonly files: number } {
  return {
    findings: believed.reduce((sum, { findings }) => sum + (findings ?? 0), 0),
    files: believed.reduce((sum, { files }) => sum + files, 0),
  };
}

/** `1,203 files believed (1,190 by pip, 10 by dpkg, 3 as catalogue)`. */
function verdict({ believed }: ScanReport): string {
  const files = new Map<string, number>();
  for (const belief of believed) {
    const by =
      belief.package === null ? `as ${TITLES[belief.because] ?? belief.because}` : `by ${belief.because}`;
    files.set(by, (files.get(by) ?? 0) + belief.files);
  }
  const parts = [...files]
    .toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([by, count]) => `${grouped(count)} ${by}`);
  const total = totalOf(believed).files;
  return `${grouped(total)} ${total === 1 ? 'file' : 'files'} believed (${parts.join(', ')})`;
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
    ...(report.believed.length > 0 ? [verdict(report)] : []),
    ...(report.changed.length > 0 ? [`${many(report.changed.length, 'file')} changed since installed`] : []),
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
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

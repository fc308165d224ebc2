import { alignColumns, oneLine, paint, type Terminal } from '#agent/console/terminal.ts';
import type { Change, EffectiveChanges, FileChange } from './effective-changes.ts';
import { diffOfFile } from './file-diff.ts';
import { describeScenario, type Scenario } from './scenario.ts';
import { isConfidential } from './secret-shapes.ts';

const LONGEST_VALUE = 60;
const MAX_ROWS = 200;
/** Of the diff of one file, and of all of them, on a screen. */
const MAX_FILE_LINES = 40;
const MAX_DIFF_LINES = 200;

/** Aligned lines of `+ - ~`, indented by two; values shortened, a long list cut with a count. */
export function printChanges(
  { changes, files, scenarios }: EffectiveChanges,
  terminal: Pick<Terminal, 'colour' | 'columns'>,
): string {
  if (changes.length === 0 && files.length === 0) return '  no effective change\n';
  const rows = changes.slice(0, MAX_ROWS).map((change) => [
    signOf(change, terminal),
    change.key,
    [change.before, change.after]
      .filter((value) => value !== undefined)
      .map((value) => shorten(shownOf(change.key, value)))
      .join(' -> '),
    paint(terminal, 'dim', whom(change, scenarios.length)),
  ]);
  const more =
    changes.length > MAX_ROWS ? `  and ${changes.length - MAX_ROWS} more; --json has them all\n` : '';
  return (
    alignColumns(rows, Math.max(0, terminal.columns - 2)).replaceAll(/^(?=.)/gm, '  ') +
    more +
    printFiles(files, scenarios.length, terminal)
  );
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;
const COLOURS = { added: 'green', removed: 'red', changed: 'yellow' } as const;

/** Below the keys: what instances render, run or put in place anew, and how it differs. */
function printFiles(
  files: EffectiveChanges['files'],
  all: number,
  terminal: Pick<Terminal, 'colour'>,
): string {
  let left = MAX_DIFF_LINES;
  const shown = files.slice(0, MAX_ROWS).map((file) => {
    const sign = paint(terminal, COLOURS[file.kind], SIGNS[file.kind]);
    const reach = paint(terminal, 'dim', whom(file, all));
    const head = `  ${sign}  ${oneLine(file.path)}${reach === '' ? '' : `  ${reach}`}\n`;
    const lines = linesOf(file);
    const most = Math.min(MAX_FILE_LINES, left);
    left -= Math.min(lines.length, most);
    const cut =
      lines.length > most ? [`      and ${lines.length - most} more lines; --json has them all\n`] : [];
    return [head, ...lines.slice(0, most).map((line) => diffLine(line, terminal)), ...cut].join('');
  });
  const more = files.length > MAX_ROWS ? `  and ${files.length - MAX_ROWS} more; --json has them all\n` : '';
  return shown.join('') + more;
}

function linesOf({ before, after }: FileChange): readonly string[] {
  const diff = diffOfFile(before, after);
  return diff.kind === 'text' ? diff.lines : [diff.what];
}

function diffLine(line: string, terminal: Pick<Terminal, 'colour'>): string {
  // Tabs are how some files are written; what else a terminal would obey is shown by its code.
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  const text = line.replaceAll(/[\u0000-\u0008\u000A-\u001F\u007F-\u009F]/g, (sign) => {
    return `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  const colour = line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : undefined;
  return `      ${colour === undefined ? text : paint(terminal, colour, text)}\n`;
}

export function filesDocument({ files }: EffectiveChanges): readonly object[] {
  return files.map((file) => ({
    path: file.path,
    change: file.kind,
    diff: linesOf(file).join('\n'),
    instances: file.scenarios.map(instanceOf),
  }));
}

export function changesDocument({ changes }: EffectiveChanges): readonly object[] {
  return changes.map(({ key, before, after, scenarios }) => ({
    key,
    before: before === undefined ? null : shownOf(key, before),
    after: after === undefined ? null : shownOf(key, after),
    instances: scenarios.map(instanceOf),
  }));
}

function instanceOf({ role, environment }: Scenario): object {
  return { role: role ?? null, environment: environment ?? null };
}

/** Of a password, that it changes: what is printed here stays in the log of a pipeline. A reference to a secret is none. */
function shownOf(key: string, value: string): string {
  if (value.includes('[secret]') || value === '') return value;
  return isConfidential(key, value) ? '[hidden]' : value;
}

function signOf({ before, after }: Change, terminal: Pick<Terminal, 'colour'>): string {
  if (before === undefined) return paint(terminal, 'green', '+');
  return after === undefined ? paint(terminal, 'red', '-') : paint(terminal, 'yellow', '~');
}

/** Who sees it; nothing when it is everybody. */
function whom({ scenarios }: Pick<Change, 'scenarios'>, all: number): string {
  if (scenarios.length === all) return '';
  const names = scenarios.map(describeScenario);
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}

function shorten(value: string): string {
  const line = oneLine(value);
  return line.length > LONGEST_VALUE ? `${line.slice(0, LONGEST_VALUE)}...` : line;
}

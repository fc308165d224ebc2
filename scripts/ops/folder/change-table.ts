import { alignColumns, oneLine, paint, type Terminal } from '#agent/cli/terminal.ts';
import type { Change, EffectiveChanges } from './effective-changes.ts';
import { describeScenario } from './scenario.ts';
import { isConfidential } from './secret-shapes.ts';

const LONGEST_VALUE = 60;
const MAX_ROWS = 200;

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
    printFiles(files, terminal)
  );
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;
const COLOURS = { added: 'green', removed: 'red', changed: 'yellow' } as const;

/** Below the keys: what instances render, run or put in place anew. */
function printFiles(files: EffectiveChanges['files'], terminal: Pick<Terminal, 'colour'>): string {
  const rows = files
    .slice(0, MAX_ROWS)
    .map(({ path, kind }) => `  ${paint(terminal, COLOURS[kind], SIGNS[kind])}  ${oneLine(path)}\n`);
  const more = files.length > MAX_ROWS ? `  and ${files.length - MAX_ROWS} more; --json has them all\n` : '';
  return rows.join('') + more;
}

export function filesDocument({ files }: EffectiveChanges): readonly object[] {
  return files.map(({ path, kind }) => ({ path, change: kind }));
}

export function changesDocument({ changes }: EffectiveChanges): readonly object[] {
  return changes.map(({ key, before, after, scenarios }) => ({
    key,
    before: before === undefined ? null : shownOf(key, before),
    after: after === undefined ? null : shownOf(key, after),
    instances: scenarios.map(({ role, environment }) => ({
      role: role ?? null,
      environment: environment ?? null,
    })),
  }));
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
function whom({ scenarios }: Change, all: number): string {
  if (scenarios.length === all) return '';
  const names = scenarios.map(describeScenario);
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}

function shorten(value: string): string {
  const line = oneLine(value);
  return line.length > LONGEST_VALUE ? `${line.slice(0, LONGEST_VALUE)}...` : line;
}

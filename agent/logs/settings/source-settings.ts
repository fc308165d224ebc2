import { DEFAULT_FILE_RULES } from '../files/file-rules.ts';
import type { JournalSettings, LogPlan } from './log-plan.ts';
import type { SettingsSheet } from './settings-sheet.ts';
import { readTextRules } from './text-settings.ts';

const PRIORITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];

/** What an entry reads: `path`, `journal`, `output: true` or `agent: true`. */
export async function readSource(sheet: SettingsSheet): Promise<LogPlan['source'] | undefined> {
  const kinds = (['path', 'journal', 'output', 'agent'] as const).filter((kind) => sheet.has(kind));
  const paths = sheet.texts('path');
  const exclude = sheet.texts('exclude');
  const from = sheet.oneOf('from', 'start', 'end') ?? 'start';
  const inherited = sheet.oneOf('inherited', 'skip', 'ship') ?? 'skip';
  const ignoreOlderMs = sheet.duration('ignoreOlder');
  const { text, flushMs } = await readTextRules(sheet);
  const journal = sheet.map('journal');
  const journalSource = journal && readJournal(journal, { from, inherited });
  readYes(sheet, 'output');
  readYes(sheet, 'agent');
  if (kinds.length !== 1) {
    sheet.problem('', 'needs one of path, journal, output and agent');
    return undefined;
  }
  if (kinds[0] === 'journal') return journalSource;
  if (kinds[0] === 'output' || kinds[0] === 'agent') return { kind: kinds[0] };
  for (const path of [...paths, ...exclude]) {
    if (!path.startsWith('/')) sheet.problem('path', `${JSON.stringify(path)} is no absolute path`);
  }
  const startAt = from === 'start' ? 'beginning' : 'end';
  const globs = { include: paths, exclude };
  return {
    kind: 'files',
    rules: { ...DEFAULT_FILE_RULES, globs, startAt, ignoreOlderMs, inherited, flushMs, text },
  };
}

function readYes(sheet: SettingsSheet, name: string): void {
  sheet.value(name, 'true', (value) => (value === true ? value : undefined));
}

function readJournal(
  sheet: SettingsSheet,
  beginning: Pick<JournalSettings, 'from' | 'inherited'>,
): JournalSettings {
  const units = sheet.texts('units');
  const priority = sheet.value('priority', `a number from 0 to 7, or ${PRIORITIES.join(', ')}`, (value) => {
    const level = typeof value === 'string' ? PRIORITIES.indexOf(value) : value;
    return typeof level === 'number' && Number.isInteger(level) && level >= 0 && level <= 7
      ? level
      : undefined;
  });
  const matches = sheet.texts('matches');
  // What journalctl takes as a match; anything else could be an option of its command line.
  const bad = matches.find((match) => !/^[A-Z_][A-Z0-9_]*=/.test(match));
  if (bad !== undefined) sheet.problem('matches', `${JSON.stringify(bad)} is not of the form FIELD=value`);
  const namespace = sheet.text('namespace');
  sheet.end();
  return { kind: 'journal', units, priority, matches, namespace, ...beginning };
}

import { FieldReader } from '../../plan/field-reader.ts';
import { DEFAULT_FILE_RULES } from '../files/file-rules.ts';
import { pathProblem } from '../files/path-dialect.ts';
import { isUnitPattern } from '../journal/unit-selection.ts';
import { RECORD_FORMATS, type RecordFormat } from '../base/record-format.ts';
import type {
  EmfSettings,
  FileSettings,
  JournalSettings,
  LogPlan,
  OutputSettings,
} from '../entry/log-plan.ts';
import { readRecordRules, readTextRules } from './text-settings.ts';

const PRIORITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];

const KINDS = ['path', 'journal', 'output', 'agent', 'emf'] as const;
type Kind = (typeof KINDS)[number];

/** Which sources a setting is for: under any other it would do nothing, and is refused by name. */
const MEANT_FOR: Readonly<Record<string, readonly Kind[]>> = {
  exclude: ['path'],
  ignoreOlder: ['path'],
  encoding: ['path'],
  maxEvent: ['path'],
  longLines: ['path'],
  from: ['path', 'journal'],
  inherited: ['path', 'journal'],
  multiline: ['path', 'journal'],
  timestamp: ['path', 'journal'],
  format: ['journal', 'output'],
};

/** What an entry reads: `path`, `journal`, `output: true`, `agent: true` or `emf`. */
export async function readSource(sheet: FieldReader): Promise<LogPlan['source'] | undefined> {
  const kinds = KINDS.filter((kind) => sheet.has(kind));
  const [kind] = kinds;
  for (const [setting, meantFor] of Object.entries(MEANT_FOR)) {
    if (kinds.some((one) => meantFor.includes(one))) continue;
    sheet.refuse(setting, `is for ${meantFor.join(' and ')} only: here it would do nothing`);
  }
  if (kind === undefined || kinds.length > 1) {
    sheet.problem('', 'needs one of path, journal, output, agent and emf');
    sheet.know(...KINDS, ...Object.keys(MEANT_FOR));
    return undefined;
  }
  if (kind === 'path') return await readFiles(sheet);
  if (kind === 'journal') return await readJournal(sheet);
  if (kind === 'output') return readOutput(sheet);
  if (kind === 'emf') return readEmf(sheet);
  readYes(sheet, kind);
  return { kind };
}

async function readFiles(sheet: FieldReader): Promise<FileSettings> {
  const include = sheet.texts('path') ?? [];
  const exclude = sheet.texts('exclude') ?? [];
  for (const [setting, paths] of [
    ['path', include],
    ['exclude', exclude],
  ] as const) {
    for (const path of paths) {
      const problem = pathProblem(path);
      if (problem !== undefined) sheet.problem(setting, `${JSON.stringify(path)} ${problem}`);
    }
  }
  const startAt = sheet.oneOf('from', 'start', 'end') === 'end' ? 'end' : 'beginning';
  const inherited = sheet.oneOf('inherited', 'skip', 'ship') ?? 'skip';
  const ignoreOlderMs = sheet.duration('ignoreOlder');
  const { text, flushMs } = await readTextRules(sheet);
  return {
    kind: 'files',
    rules: {
      ...DEFAULT_FILE_RULES,
      globs: { include, exclude },
      startAt,
      ignoreOlderMs,
      inherited,
      flushMs,
      text,
    },
  };
}

/** `output: true`, or `output: { format: json }`. */
function readOutput(sheet: FieldReader): OutputSettings {
  const outer = readFormat(sheet);
  const given = sheet.either('output');
  if (given === true) return { kind: 'output', format: outer };
  if (!(given instanceof FieldReader)) {
    sheet.problem('output', 'must be true, or a map with format');
    return { kind: 'output', format: outer };
  }
  const inner = readFormat(given);
  given.end();
  return { kind: 'output', format: inner === 'auto' ? outer : inner };
}

/** As AWS's libraries have it when they find no other agent on EC2. */
const EMF_DOOR = { host: '127.0.0.1', port: 25_888 };

/** `emf: true`, or an address of loopback: whoever reaches it writes into the entry's stream. */
function readEmf(sheet: FieldReader): EmfSettings {
  const address = sheet.value('emf', 'true, or an address of loopback such as 127.0.0.1:25888', (value) => {
    if (value === true) return EMF_DOOR;
    const [, v4, v6, port = ''] =
      /^(?:(127(?:\.\d{1,3}){3})|\[(::1)\]):(\d{1,5})$/.exec(typeof value === 'string' ? value : '') ?? [];
    const host = v4 ?? v6;
    return host !== undefined && Number(port) < 65_536 ? { host, port: Number(port) } : undefined;
  });
  return { kind: 'emf', address: address ?? EMF_DOOR };
}

function readYes(sheet: FieldReader, name: string): void {
  sheet.value(name, 'true', (value) => (value === true ? value : undefined));
}

function readFormat(sheet: FieldReader): RecordFormat {
  return sheet.oneOf('format', ...RECORD_FORMATS) ?? 'auto';
}

async function readJournal(sheet: FieldReader): Promise<JournalSettings | undefined> {
  const outer = readFormat(sheet);
  const from = sheet.oneOf('from', 'start', 'end') ?? 'start';
  const inherited = sheet.oneOf('inherited', 'skip', 'ship') ?? 'skip';
  const rules = await readRecordRules(sheet);
  const journal = sheet.map('journal');
  if (!journal) return undefined;
  const units = journal.texts('units') ?? [];
  // A path stands for a mount or a device, which journalctl knows to name; a pattern it is not given.
  const bad = units.some(isUnitPattern) ? units.find((unit) => unit.includes('/')) : undefined;
  if (bad !== undefined) journal.problem('units', `${JSON.stringify(bad)} is no name of a unit`);
  const priority = journal.value('priority', `a number from 0 to 7, or ${PRIORITIES.join(', ')}`, (value) => {
    const level = typeof value === 'string' ? PRIORITIES.indexOf(value) : value;
    return typeof level === 'number' && Number.isInteger(level) && level >= 0 && level <= 7
      ? level
      : undefined;
  });
  const matches = journal.texts('matches') ?? [];
  // What journalctl takes as a match; anything else could be an option of its command line.
  const wrong = matches.find((match) => !/^[A-Z_][A-Z0-9_]*=/.test(match));
  if (wrong !== undefined)
    journal.problem('matches', `${JSON.stringify(wrong)} is not of the form FIELD=value`);
  const namespace = journal.text('namespace');
  const inner = readFormat(journal);
  journal.end();
  const format = inner === 'auto' ? outer : inner;
  return { kind: 'journal', units, priority, matches, namespace, from, inherited, format, ...rules };
}

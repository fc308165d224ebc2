import type { RecordHead } from '../base/record-format.ts';
import type { JournalSettings } from '../entry/log-plan.ts';
import { isUnitPattern, UNIT_FIELDS, type RecordFields } from './unit-selection.ts';

/** One record of the journal, as far as it is shipped. */
export interface JournalRecord {
  readonly cursor: string;
  /** Microseconds since the epoch, as text: more than a double holds exactly one day. */
  readonly realtime: string;
  readonly at: number;
  readonly text: string;
  readonly fields: RecordFields;
}

/** Asked for by name, so that journalctl prints no more than is used. Cursor, times and boot come by themselves. */
const FIELDS = ['MESSAGE', 'SYSLOG_IDENTIFIER', '_COMM', '_PID', 'SYSLOG_PID'];

export function recordFields({ units, format, multiline }: JournalSettings): readonly string[] {
  return [
    ...new Set([
      ...FIELDS,
      ...(units.some(isUnitPattern) ? UNIT_FIELDS : []),
      ...(format === 'json' ? ['PRIORITY', '_SYSTEMD_UNIT', 'UNIT'] : []),
      ...(multiline === undefined ? [] : ['_SYSTEMD_UNIT']),
    ]),
  ];
}

/** journalctl's JSON for what it does not print in full (systemd, JOURNAL EXPORT FORMATS, "Journal JSON Format"). */
export const LEFT_OUT = '[a message too large for journalctl]';

/** A line of `journalctl -o json`; undefined for what is none. */
export function readRecord(line: string): JournalRecord | undefined {
  const fields = parse(line);
  const cursor = fields?.['__CURSOR'];
  const realtime = fields?.['__REALTIME_TIMESTAMP'];
  if (!fields || typeof cursor !== 'string' || typeof realtime !== 'string' || !/^\d{1,18}$/.test(realtime)) {
    return undefined;
  }
  const text = fields['MESSAGE'] === null ? LEFT_OUT : (textOf(fields['MESSAGE']) ?? '');
  return { cursor, realtime, at: Math.floor(Number(realtime) / 1000), text, fields };
}

/** Whose a record is: records of one process are one log. */
export function writerOf({ fields }: JournalRecord): string {
  return JSON.stringify([textOf(fields['_SYSTEMD_UNIT']), pidOf(fields), nameOf(fields)]);
}

/** `name[pid]: `, as syslog has it, and the same as fields. */
export function headOf({ fields }: JournalRecord): RecordHead {
  const [name, pid] = [nameOf(fields), pidOf(fields)];
  const priority = textOf(fields['PRIORITY']);
  // The manager speaks of a unit that is not its own.
  const unit = (pid === '1' ? textOf(fields['UNIT']) : undefined) ?? textOf(fields['_SYSTEMD_UNIT']);
  return {
    label: name === undefined ? '' : `${name}${pid === undefined ? '' : `[${pid}]`}: `,
    fields: { unit, identifier: name, pid: numberOf(pid), priority: numberOf(priority) },
  };
}

function nameOf(fields: RecordFields): string | undefined {
  return textOf(fields['SYSLOG_IDENTIFIER']) ?? textOf(fields['_COMM']);
}

function pidOf(fields: RecordFields): string | undefined {
  return textOf(fields['_PID']) ?? textOf(fields['SYSLOG_PID']);
}

function numberOf(text: string | undefined): number | string | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : text;
}

/** The sequence number in a cursor and whose it is; consecutive in one journal. */
export function sequenceOf(cursor: string): { readonly id: string; readonly number: number } | undefined {
  const [, id, number] = /(?:^|;)s=([0-9a-f]+);i=([0-9a-f]+)(?:;|$)/.exec(cursor) ?? [];
  return id === undefined || number === undefined ? undefined : { id, number: Number.parseInt(number, 16) };
}

/** Text; bytes of a field that is not UTF-8, as a list of numbers; or a list of them for a field that is there twice. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  if (value.every((item): item is number => typeof item === 'number'))
    return Buffer.from(value).toString('utf8');
  return value.map((item) => textOf(item) ?? '').join('\n');
}

function parse(line: string): RecordFields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as RecordFields) : undefined;
  } catch {
    return undefined;
  }
}

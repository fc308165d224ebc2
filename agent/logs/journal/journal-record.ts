/** One record of the journal, as far as it is shipped. */
export interface JournalRecord {
  readonly cursor: string;
  /** Microseconds since the epoch, as text: more than a double holds exactly one day. */
  readonly realtime: string;
  readonly at: number;
  /** `name[pid]: text`, as syslog has it. */
  readonly message: string;
}

/** Asked for by name, so that journalctl prints no more than is used. Cursor, times and boot come by themselves. */
export const RECORD_FIELDS = ['MESSAGE', 'SYSLOG_IDENTIFIER', '_COMM', '_PID', 'SYSLOG_PID'] as const;

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
  const name = textOf(fields['SYSLOG_IDENTIFIER']) ?? textOf(fields['_COMM']);
  const pid = textOf(fields['_PID']) ?? textOf(fields['SYSLOG_PID']);
  const text = fields['MESSAGE'] === null ? LEFT_OUT : (textOf(fields['MESSAGE']) ?? '');
  const head = name === undefined ? '' : `${name}${pid === undefined ? '' : `[${pid}]`}: `;
  return { cursor, realtime, at: Math.floor(Number(realtime) / 1000), message: head + text };
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

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface JournalEntry {
  readonly number: number;
  readonly message: unknown;
  /** Microseconds since the epoch. */
  readonly realtime?: number;
  readonly boot?: string;
  /** Beside, or instead of, `SYSLOG_IDENTIFIER: app` and `_PID: 42`. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** An executable that speaks like journalctl: what it has is in a file, and it follows that file until it is told to die. */
export interface FakeJournalctl extends Disposable {
  readonly path: string;
  /** What it holds from now on, for those that run and those that start. */
  hold(entries: readonly JournalEntry[]): void;
  /** Those that follow end by themselves after so many records; 0: never. */
  dieAfter(records: number): void;
  /** The arguments of every one that followed. */
  readonly followed: readonly (readonly string[])[];
}

export const START_US = 1_795_000_000_000_000;

export function fakeJournalctl(): FakeJournalctl {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-journal-'));
  const path = join(folder, 'journalctl');
  writeFileSync(join(folder, 'journal'), '');
  writeFileSync(join(folder, 'die'), '0');
  writeFileSync(join(folder, 'asked'), '');
  writeFileSync(path, `#!${process.execPath}\n${PROGRAM}`);
  chmodSync(path, 0o755);
  return {
    path,
    hold: (entries) =>
      writeFileSync(
        join(folder, 'journal'),
        entries.map((entry) => `${JSON.stringify(recordOf(entry))}\n`).join(''),
      ),
    dieAfter: (records) => writeFileSync(join(folder, 'die'), String(records)),
    get followed() {
      const asked = readFileSync(join(folder, 'asked'), 'utf8')
        .split('\n')
        .filter((line) => line !== '');
      return asked.map((line) => JSON.parse(line) as string[]).filter((args) => args.includes('--follow'));
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

function recordOf({
  number,
  message,
  realtime = START_US + number * 1_000_000,
  boot = 'b1',
  fields = {},
}: JournalEntry): object {
  return {
    __CURSOR: cursorOf(number, boot),
    __REALTIME_TIMESTAMP: String(realtime),
    _BOOT_ID: boot,
    SYSLOG_IDENTIFIER: 'app',
    _PID: '42',
    MESSAGE: message,
    ...fields,
  };
}

export function cursorOf(number: number, boot = 'b1'): string {
  return `s=abc;i=${number.toString(16)};b=${boot};m=1;t=2;x=3`;
}

/** Like systemd's: a cursor that is gone is not an error, the nearest later record is taken; one that is none at all is. */
const PROGRAM = String.raw`
const fs = require('node:fs');
const path = require('node:path');
const folder = path.dirname(process.argv[1]);
const args = process.argv.slice(2);
const option = (name) => args.find((arg) => arg.startsWith(name + '='))?.slice(name.length + 1);
const numberOf = (cursor) => parseInt(/;i=([0-9a-f]+)/.exec(cursor)[1], 16);
fs.appendFileSync(path.join(folder, 'asked'), JSON.stringify(args) + '\n');
const held = () => fs.readFileSync(path.join(folder, 'journal'), 'utf8').split('\n').filter(Boolean).map((line) => ({ line, json: JSON.parse(line) }));
const look = option('--cursor');
const after = option('--after-cursor');
if ([look, after].some((cursor) => cursor !== undefined && !cursor.startsWith('s='))) {
  process.stderr.write('Failed to seek to cursor: Invalid argument\n');
  process.exit(1);
}
if (look !== undefined) {
  const found = held().find(({ json }) => numberOf(json.__CURSOR) >= numberOf(look));
  if (found) process.stdout.write(found.line + '\n');
  process.exit(0);
}
const since = option('--since');
const dieAfter = Number(fs.readFileSync(path.join(folder, 'die'), 'utf8'));
let last = after === undefined ? -1 : numberOf(after);
if (args.includes('--lines=0')) last = Math.max(-1, ...held().map(({ json }) => numberOf(json.__CURSOR)));
let printed = 0;
const print = () => {
  for (const { line, json } of held()) {
    const number = numberOf(json.__CURSOR);
    if (number <= last) continue;
    if (since !== undefined && Number(json.__REALTIME_TIMESTAMP) < Number(since.slice(1)) * 1e6) continue;
    last = number;
    process.stdout.write(line + '\n');
    printed += 1;
    if (dieAfter > 0 && printed >= dieAfter) return process.exit(1);
  }
};
print();
setInterval(print, 5);
`;

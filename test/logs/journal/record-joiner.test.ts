import { describe, expect, test } from 'vitest';
import { RecordJoiner, type Joined } from '#agent/logs/journal/record-joiner.ts';
import type { JournalRecord } from '#agent/logs/journal/journal-record.ts';
import type { Multiline } from '#agent/logs/text/text-rules.ts';
import { cursorOf, fakeJournalctl, type JournalEntry } from '../support/fake-journalctl.ts';
import { openJournal } from './open-journal.ts';

const START: Multiline = { by: 'start', pattern: (text) => /^\S/.test(text) };
const END: Multiline = { by: 'end', pattern: (text) => text.endsWith(';') };

describe('records of one writer that are one event', () => {
  test('go from one that starts to the next, each writer by itself', () => {
    const joiner = new RecordJoiner(START, 5_000);
    const rows: readonly (readonly [string, string])[] = [
      ['a', 'Unhandled x'],
      ['b', 'Unhandled y'],
      ['a', '  at a'],
      ['b', '  at b'],
      ['a', 'next'],
    ];
    const done = rows.flatMap(([writer, text]) => texts(joiner.take(writer, record(text), 0)));
    expect(done).toEqual(['Unhandled x\n  at a']);
    expect(texts(joiner.due(4_999))).toEqual([]);
    expect(texts(joiner.due(5_000))).toEqual(['Unhandled y\n  at b', 'next']);
  });

  test('or up to one that ends', () => {
    const joiner = new RecordJoiner(END, 5_000);
    const done = ['select 1', 'from t;', 'commit;'].flatMap((text) =>
      texts(joiner.take('a', record(text), 0)),
    );
    expect(done).toEqual(['select 1\nfrom t;', 'commit;']);
  });

  test('before the first that starts each is by itself', () => {
    const joiner = new RecordJoiner(START, 5_000);
    expect(texts(joiner.take('a', record('  at the end of what nobody saw'), 0))).toHaveLength(1);
  });

  test('what grows without end, in bytes, in records or in time, is not waited for', () => {
    const joiner = new RecordJoiner(START, 1_000);
    joiner.take('a', record('x'), 0);
    expect(joiner.take('a', record(` ${'y'.repeat(999_999)}`), 0)).toHaveLength(1);
    const slow = new RecordJoiner(START, 1_000);
    slow.take('a', record('x'), 0);
    for (let at = 900; at < 10_000; at += 900) slow.take('a', record(' more'), at);
    expect(slow.due(10_000)).toHaveLength(1);
    const many = new RecordJoiner(START, 1_000);
    const done = Array.from({ length: 5_001 }, (_, n) => many.take(String(n), record('x'), 0)).flat();
    expect(done).toHaveLength(1);
  });
});

describe('the journal with multiline', () => {
  test('joins by unit and process, and a restart goes on before what is still open', async () => {
    using journal = fakeJournalctl();
    journal.hold([
      line(1, 'Unhandled x', '1'),
      line(2, 'Unhandled y', '2'),
      line(3, '    at a', '1'),
      line(4, 'fine', '1'),
    ]);
    await using opened = openJournal(journal, { multiline: START, flushMs: 60_000 });
    const [event] = await opened.until(1);
    expect(event?.message).toBe('app[1]: Unhandled x\n    at a');
    opened.source.acknowledge(event?.end ?? 0);
    // Record 2 waits for more: what is behind it would be read again rather than lost.
    expect(opened.checkpoints.at(-1)).toMatchObject({ cursor: cursorOf(1) });
  });

  test('what is quiet becomes an event, and its place is kept once that is acknowledged', async () => {
    using journal = fakeJournalctl();
    journal.hold([line(1, 'one', '1'), line(2, '  more', '1')]);
    await using opened = openJournal(journal, { multiline: START, flushMs: 200 });
    const [event] = await opened.until(1);
    expect(event?.message).toBe('app[1]: one\n  more');
    opened.source.acknowledge(event?.end ?? 0);
    expect(opened.checkpoints.at(-1)).toMatchObject({ cursor: cursorOf(2) });
  });
});

function record(text: string): JournalRecord {
  return { cursor: text, realtime: '1', at: 0, text, fields: {} };
}

function texts(joined: readonly Joined[]): readonly string[] {
  return joined.map(({ text }) => text);
}

function line(number: number, message: string, pid: string): JournalEntry {
  return { number, message, fields: { _PID: pid, _SYSTEMD_UNIT: 'app.service' } };
}

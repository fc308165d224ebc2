import { describe, expect, test } from 'vitest';
import type { Checkpoint } from '#agent/logs/base/checkpoints.ts';
import { cursorOf, fakeJournalctl, START_US } from '../support/fake-journalctl.ts';
import { openJournal as open } from './open-journal.ts';

function entries(from: number, to: number) {
  return Array.from({ length: to - from }, (_, index) => ({
    number: from + index,
    message: `m${from + index}`,
  }));
}

function place(number: number): Checkpoint {
  return { cursor: cursorOf(number), realtime: String(START_US + number * 1_000_000) };
}

describe('the journal', () => {
  test('case 68: a journalctl that dies is started again behind the last record that was read', async () => {
    using journal = fakeJournalctl();
    journal.hold(entries(1, 31));
    journal.dieAfter(7);
    await using opened = open(journal);
    const events = await opened.until(30);
    expect(events.map(({ message }) => message)).toEqual(
      entries(1, 31).map(({ message }) => `app[42]: ${message}`),
    );
    expect(opened.losses).toEqual([]);
    expect(journal.followed.length).toBeGreaterThanOrEqual(5);
  });

  test('case 68: the cursor is saved only when what is before it was acknowledged', async () => {
    using journal = fakeJournalctl();
    journal.hold(entries(1, 11));
    await using opened = open(journal);
    const events = await opened.until(10);
    expect(opened.checkpoints).toEqual([]);
    opened.source.acknowledge(events[3]?.end ?? 0);
    expect(opened.checkpoints).toEqual([place(4)]);
    await using next = open(journal, {}, opened.checkpoints.at(-1));
    expect((await next.until(6)).map(({ message }) => message)).toEqual(
      entries(5, 11).map(({ message }) => `app[42]: ${message}`),
    );
  });

  test('case 64: what was vacuumed is gone on from by time, and the gap is counted', async () => {
    using journal = fakeJournalctl();
    journal.hold(entries(8, 12));
    await using opened = open(journal, {}, place(3));
    const events = await opened.until(4);
    expect(events.map(({ message }) => message)).toEqual(
      entries(8, 12).map(({ message }) => `app[42]: ${message}`),
    );
    expect(opened.losses).toEqual([['journalGap', 4]]);
  });

  test('case 64: of a selection of records nobody can know how many are missing', async () => {
    using journal = fakeJournalctl();
    journal.hold(entries(8, 12));
    await using opened = open(journal, { units: ['a.service'] }, place(3));
    await opened.until(4);
    expect(opened.losses).toEqual([['journalGap', 0]]);
  });

  test('case 64: a cursor that is none at all is gone on from by time, too', async () => {
    using journal = fakeJournalctl();
    journal.hold(entries(1, 6));
    await using opened = open(journal, {}, { ...place(3), cursor: 'nonsense' });
    expect((await opened.until(3)).map(({ message }) => message)).toEqual(
      ['m3', 'm4', 'm5'].map((message) => `app[42]: ${message}`),
    );
  });

  test('case 65: records that come later are followed', async () => {
    using journal = fakeJournalctl();
    journal.hold(entries(1, 3));
    await using opened = open(journal);
    await opened.until(2);
    journal.hold(entries(1, 6));
    expect((await opened.until(3)).map(({ message }) => message)).toEqual(
      ['m3', 'm4', 'm5'].map((message) => `app[42]: ${message}`),
    );
  });

  test('case 66: bytes, several lines, a field that is there twice and one that was left out', async () => {
    using journal = fakeJournalctl();
    journal.hold([
      { number: 1, message: [...Buffer.from('caf\u00E9 \u0007')] },
      { number: 2, message: 'one\n\ttwo' },
      { number: 3, message: ['a', [0x62]] },
      { number: 4, message: null },
      { number: 5, message: [0xff, 0x41] },
    ]);
    await using opened = open(journal);
    expect((await opened.until(5)).map(({ message }) => message.slice('app[42]: '.length))).toEqual([
      'caf\u00E9 \u0007',
      'one\n\ttwo',
      'a\nb',
      '[a message too large for journalctl]',
      '\uFFFDA',
    ]);
  });

  test('case 66: a message of 2.5 MB becomes three events, which one acknowledgement settles', async () => {
    using journal = fakeJournalctl();
    const text = 'é'.repeat(1_250_000);
    journal.hold([{ number: 1, message: text }]);
    await using opened = open(journal);
    const events = await opened.until(3);
    expect(events.map(({ message }) => message).join('')).toBe(`app[42]: ${text}`);
    expect(
      events.every(({ message, size }) => size === Buffer.byteLength(message) && size <= 1_000_000),
    ).toBe(true);
    opened.source.acknowledge(events[1]?.end ?? 0);
    expect(opened.checkpoints).toEqual([]);
    opened.source.acknowledge(events[2]?.end ?? 0);
    expect(opened.checkpoints).toEqual([place(1)]);
  });

  test('case 67: the namespace is asked for, and a change of the boot is no gap', async () => {
    using journal = fakeJournalctl();
    journal.hold([...entries(1, 3), { number: 3, message: 'm3', boot: 'b2' }]);
    await using opened = open(
      journal,
      { namespace: 'noisy', priority: 3, units: ['a.service'], matches: ['_UID=0'] },
      place(2),
    );
    expect((await opened.until(1)).map(({ message }) => message)).toEqual(['app[42]: m3']);
    expect(opened.losses).toEqual([]);
    const wanted = [
      '--namespace=noisy',
      '--unit=a.service',
      '--priority=3',
      '_UID=0',
      `--after-cursor=${cursorOf(2)}`,
    ];
    expect(journal.followed[0]).toEqual(expect.arrayContaining(wanted));
  });

  test('what was there before is left out when only new records are wanted', async () => {
    using journal = fakeJournalctl();
    journal.hold(entries(1, 5));
    await using opened = open(journal, { from: 'end' });
    while (journal.followed.length === 0) await opened.source.read(65_536);
    await opened.source.read(65_536);
    journal.hold(entries(1, 6));
    expect((await opened.until(1)).map(({ message }) => message)).toEqual(['app[42]: m5']);
  });

  describe('case 34: of the instance that had the disk before', () => {
    const landing = { from: 'i-old', to: 'i-new', at: START_US / 1000 + 5_500 };

    test('is left out: it begins at the landing', async () => {
      using journal = fakeJournalctl();
      journal.hold(entries(1, 11));
      await using opened = open(journal, {}, undefined, landing);
      const events = await opened.until(5);
      expect(events.map(({ message, inherited }) => [message, inherited])).toEqual(
        entries(6, 11).map(({ message }) => [`app[42]: ${message}`, undefined]),
      );
    });

    test('or goes to the stream of that one, behind a marker', async () => {
      using journal = fakeJournalctl();
      journal.hold(entries(1, 11));
      await using opened = open(journal, { inherited: 'ship' }, undefined, landing);
      const [marker, ...events] = await opened.until(11);
      expect(marker).toMatchObject({
        inherited: 'marker',
        message: 'landfall: what follows lay in the journal when this disk came from i-old to i-new',
      });
      expect(events.map(({ inherited }) => inherited === 'event')).toEqual(
        entries(1, 11).map(({ number }) => number < 6),
      );
      opened.source.acknowledge(events[2]?.end ?? 0);
      expect(opened.checkpoints).toEqual([place(3)]);
    });

    test('a place of this instance is where it goes on, and `from: end` is the end', async () => {
      using journal = fakeJournalctl();
      journal.hold(entries(1, 11));
      await using opened = open(journal, {}, place(2), landing);
      expect(await opened.until(8)).toHaveLength(8);
      await using last = open(journal, { from: 'end' }, undefined, landing);
      const asked = () => journal.followed.map((args) => args.find((arg) => /^--(?:lines|since)/.test(arg)));
      while (!asked().includes('--lines=0')) await last.source.read(65_536);
      expect(asked()).toEqual([undefined, '--lines=0']);
    });
  });
});

import { describe, expect, test } from 'vitest';
import { UnitSelection } from '#agent/logs/journal/unit-selection.ts';
import { cursorOf, fakeJournalctl, START_US, type JournalEntry } from '../support/fake-journalctl.ts';
import { openJournal } from './open-journal.ts';

describe('units by pattern', () => {
  test.each<[string, string, boolean]>([
    ['app@*', 'app@2.service', true],
    ['app@*', 'application.service', false],
    ['app@*.service', 'app@2.socket', false],
    ['app?', 'app1.service', false],
    ['app?.service', 'app1.service', true],
    ['app[12].service', 'app2.service', true],
    ['app[!12].service', 'app2.service', false],
    ['app[1-3].service', 'app3.service', true],
    ['*', 'init.scope', true],
    ['app@a\\x2d*', 'app@a\\x2db.service', true],
    ['a.c*', 'abc.service', false],
    ['app[*', 'app[1.service', true],
    ['(x)*', '(x).service', true],
  ])('%s and %s: %s', (pattern, unit, expected) => {
    expect(new UnitSelection([pattern]).matches({ _SYSTEMD_UNIT: unit })).toBe(expected);
  });

  test('a name beside a pattern is a service unless it says what it is', () => {
    const selection = new UnitSelection(['nginx', 'sshd.socket', 'app@*']);
    const matches = (unit: string) => selection.matches({ _SYSTEMD_UNIT: unit });
    expect(
      ['nginx.service', 'nginx.socket', 'sshd.socket', 'sshd.service', 'app@x.service'].map(matches),
    ).toEqual([true, false, true, false, true]);
  });

  test('of a unit that is not their own only the manager and root may speak', () => {
    const selection = new UnitSelection(['app@*']);
    const unit = 'app@1.service';
    expect(selection.matches({ UNIT: unit, _PID: '1' })).toBe(true);
    expect(selection.matches({ UNIT: unit, _PID: '42' })).toBe(false);
    expect(selection.matches({ OBJECT_SYSTEMD_UNIT: unit, _UID: '0' })).toBe(true);
    expect(selection.matches({ OBJECT_SYSTEMD_UNIT: unit, _UID: '1000' })).toBe(false);
    expect(selection.matches({ COREDUMP_UNIT: unit, _UID: '0' })).toBe(true);
    expect(selection.matches({ _SYSTEMD_UNIT: ['x.service', unit] })).toBe(true);
    expect(selection.matches({})).toBe(false);
  });

  test('a slice that is named is all that is in it', () => {
    const record = { _SYSTEMD_UNIT: 'web.service', _SYSTEMD_SLICE: 'app-web.slice' };
    expect(new UnitSelection(['app-*.slice']).matches(record)).toBe(true);
    expect(new UnitSelection(['app-*']).matches(record)).toBe(false);
  });

  test('many stars take no time', () => {
    const selection = new UnitSelection([`${'*a'.repeat(8)}*b`]);
    expect(selection.matches({ _SYSTEMD_UNIT: `${'a'.repeat(60)}.service` })).toBe(false);
  });
});

describe('the journal of units by pattern', () => {
  test('a unit that appears after the start is shipped', async () => {
    using journal = fakeJournalctl();
    journal.hold([of(1, 'app@1.service'), of(2, 'other.service')]);
    await using opened = openJournal(journal, { units: ['app@*'] });
    expect((await opened.until(1)).map(({ message }) => message)).toEqual(['app[42]: m1']);
    journal.hold([of(1, 'app@1.service'), of(2, 'other.service'), of(3, 'app@2.service')]);
    expect((await opened.until(1)).map(({ message }) => message)).toEqual(['app[42]: m3']);
    expect(journal.followed[0]?.some((argument) => argument.startsWith('--unit'))).toBe(false);
  });

  test('a restart goes on behind records that nobody wanted, and misses none that somebody wants', async () => {
    using journal = fakeJournalctl();
    journal.hold([of(1, 'app@1.service'), ...[2, 3, 4].map((number) => of(number, 'other.service'))]);
    await using opened = openJournal(journal, { units: ['app@*'] });
    const [event] = await opened.until(1);
    expect(opened.checkpoints).toEqual([]);
    opened.source.acknowledge(event?.end ?? 0);
    await opened.source.read(65_536);
    expect(opened.checkpoints.at(-1)).toEqual({
      cursor: cursorOf(4),
      realtime: String(START_US + 4_000_000),
    });
    await opened.source.close();
    journal.hold([...[2, 3, 4].map((number) => of(number, 'other.service')), of(5, 'app@2.service')]);
    await using next = openJournal(journal, { units: ['app@*'] }, opened.checkpoints.at(-1));
    expect((await next.until(1)).map(({ message }) => message)).toEqual(['app[42]: m5']);
    expect(next.losses).toEqual([]);
  });

  test('records that nobody wants cost no rest each: hundreds of kilobytes are passed in a few reads', async () => {
    using journal = fakeJournalctl();
    const many = Array.from({ length: 4_000 }, (_, index) => of(index + 1, 'noise.service'));
    journal.hold([...many, of(4_001, 'app@1.service')]);
    await using opened = openJournal(journal, { units: ['app@*'] });
    let reads = 0;
    for (let count = 0; count === 0; reads += 1) count = (await opened.source.read(65_536)).length;
    expect(reads).toBeLessThan(25);
  });
});

function of(number: number, unit: string): JournalEntry {
  return { number, message: `m${number}`, fields: { _SYSTEMD_UNIT: unit } };
}

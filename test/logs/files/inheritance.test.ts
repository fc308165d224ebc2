import { copyFile, rename, truncate, utimes, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DEFAULT_FILE_RULES, type FileRules } from '#agent/logs/files/file-rules.ts';
import { beginningOf } from '#agent/logs/files/inheritance.ts';
import { PLAIN_TEXT } from '#agent/logs/text/text-rules.ts';
import { UTC } from '#agent/logs/text/time-zone.ts';
import { lines, TailLab, type LabOptions } from './tail-lab.ts';

const AT = Date.now() - 600_000;
const LANDING = { from: 'i-old', to: 'i-new', at: AT };
const SHIP: Partial<FileRules> = { inherited: 'ship' };
const TIMED: Partial<FileRules> = {
  text: { ...PLAIN_TEXT, time: { format: 'iso', zone: UTC } },
};

/** A disk on which `a.log` was written long before the landing. */
async function landed(options: LabOptions = {}): Promise<TailLab> {
  const lab = await TailLab.open({ landing: LANDING, ...options });
  await old(lab, 'a.log', ...lines(1, 20));
  return lab;
}

async function old(lab: TailLab, name: string, ...added: readonly string[]): Promise<void> {
  await lab.write(name, ...added);
  await age(lab, name);
}

async function age(lab: TailLab, name: string): Promise<void> {
  await utimes(lab.path(name), (AT - 3_600_000) / 1000, (AT - 3_600_000) / 1000);
}

const inherited = (lab: TailLab): number => lab.source.status().inherited.bytes;
const kinds = (lab: TailLab): readonly (string | undefined)[] => lab.events.map((event) => event.inherited);
const bytesOf = (texts: readonly string[]): number => Buffer.byteLength(`${texts.join('\n')}\n`);
const timed = (offset: number, text: string): string => `${new Date(AT + offset).toISOString()} ${text}`;

test.each([
  ['before the landing', AT - 1, 100],
  ['in the moment of it', AT, 0],
  ['after it', AT + 1, 0],
])('case 34: a file that was last written %s', (_, mtimeMs, leftOut) => {
  const rules = { ...DEFAULT_FILE_RULES, globs: { include: [], exclude: [] } };
  const stat = { device: '1', inode: '1', size: 100, mtimeMs, links: 1, kind: 'file' } as const;
  const around = { now: AT + 1_000, landing: LANDING, isFirstLook: true };
  expect(beginningOf(stat, rules, around)).toEqual({ offset: leftOut, inherited: 0, leftOut });
});

describe('case 34: files of the instance that had the disk before, left out', () => {
  test('only what is added to them is read, and the rest is counted', async () => {
    await using lab = await landed();
    expect(await lab.tail()).toEqual([]);
    await lab.write('a.log', 'new');
    expect(await lab.tail()).toEqual(['new']);
    expect([inherited(lab), lab.lost]).toEqual([bytesOf(lines(1, 20)), {}]);
  });

  test('not again after a restart, nor after the file was rotated', async () => {
    await using lab = await landed();
    await lab.tail();
    const checkpoint = await lab.stop();
    await lab.write('a.log', 'one');
    await rename(lab.path('a.log'), lab.path('a.log.1'));
    await lab.write('a.log', 'two');
    lab.start(checkpoint);
    expect(await lab.tail()).toEqual(['one', 'two']);
    expect(inherited(lab)).toBe(0);
  });

  test('the next content of a truncated file is this instance’s', async () => {
    await using lab = await landed();
    await lab.tail();
    await truncate(lab.path('a.log'));
    await lab.write('a.log', 'new');
    expect(await lab.tail()).toEqual(['new']);
  });

  test('rotated siblings too, also those that were packed later than the file was written', async () => {
    await using lab = await landed({ include: ['a.log', 'b.log*'] });
    await old(lab, 'b.log.1', 'rotated long ago');
    await lab.tail();
    await writeFile(lab.path('a.log.2.gz'), gzipSync('packed\n'));
    await utimes(lab.path('a.log.2.gz'), (AT - 60_000) / 1000, (AT - 60_000) / 1000);
    await rename(lab.path('a.log'), lab.path('a.log.1'));
    await lab.write('a.log', 'new');
    expect(await lab.tail()).toEqual(['new']);
  });

  test('a file that was written to since the landing is read whole: nothing of this instance is lost', async () => {
    await using lab = await landed();
    await lab.write('a.log', 'new');
    expect(await lab.tail()).toEqual([...lines(1, 20), 'new']);
    expect(inherited(lab)).toBe(0);
  });

  test('but for the lines that say they are older, up to the first that says it is not', async () => {
    await using lab = await TailLab.open({ landing: LANDING, rules: TIMED });
    const before = [timed(-5_000, 'a'), '  at the stack of a', timed(-1, 'b')];
    const since = [timed(0, 'c'), timed(-3_000, 'a late one'), 'no time'];
    await lab.write('a.log', ...before, ...since);
    expect(await lab.tail()).toEqual(since);
    expect(inherited(lab)).toBe(bytesOf(before));
    await lab.write('a.log', timed(-9_000, 'replayed'));
    await lab.write('later.log', timed(-9_000, 'replayed'));
    expect(await lab.tail()).toEqual([timed(-9_000, 'replayed')]);
  });

  test('lines that bear no time at all are this instance’s', async () => {
    await using lab = await TailLab.open({ landing: LANDING, rules: TIMED });
    await lab.write('a.log', ...lines(1, 3));
    expect(await lab.tail()).toEqual(lines(1, 3));
  });

  test('a file that comes later is new, whatever its lines say', async () => {
    await using lab = await TailLab.open({ landing: LANDING, rules: TIMED });
    await lab.tail();
    await lab.write('a.log', timed(-9_000, 'replayed'));
    expect(await lab.tail()).toEqual([timed(-9_000, 'replayed')]);
  });

  test('what was left out by its time stays so when a crash comes before the border was acknowledged', async () => {
    await using lab = await TailLab.open({ landing: LANDING, rules: TIMED });
    const before = Array.from({ length: 40_000 }, (_, index) => timed(index - 100_000, 'of the other'));
    await lab.write('a.log', ...before, 'its stack', timed(0, 'mine'));
    expect(await lab.read(16_384)).toEqual([]);
    const early = await lab.stop();
    expect(early['files']).toMatchObject([{ inherited: 'sought' }]);
    lab.start(early);
    expect(await lab.read(4_000_000)).toMatchObject([{ message: timed(0, 'mine') }]);
    const late = await lab.stop();
    expect(late['files']).toMatchObject([{ inherited: bytesOf([...before, 'its stack']) }]);
    lab.start(late);
    expect(await lab.tail()).toEqual([timed(0, 'mine')]);
    expect((await lab.stop())['files']).not.toMatchObject([{ inherited: expect.anything() }]);
  });

  test('with `from: end`, or without a landing, everything is as ever', async () => {
    await using lab = await landed({ rules: { startAt: 'end' } });
    await lab.tail();
    expect([lab.received, inherited(lab)]).toEqual([[], 0]);
    await using fresh = await TailLab.open();
    await old(fresh, 'a.log', ...lines(1, 20));
    expect(await fresh.tail()).toEqual(lines(1, 20));
  });
});

describe('case 34: the same, shipped', () => {
  test('is marked as what it is, behind a marker; what is added is this instance’s', async () => {
    await using lab = await landed({ rules: SHIP });
    const [marker, ...rest] = await lab.tail();
    expect(marker).toBe(
      `landfall: what follows lay in ${lab.path('a.log')} when this disk came from i-old to i-new`,
    );
    expect(rest).toEqual(lines(1, 20));
    expect(kinds(lab)).toEqual(['marker', ...rest.map(() => 'event')]);
    await lab.write('a.log', 'new');
    expect(await lab.tail()).toEqual(['new']);
    expect([kinds(lab).at(-1), inherited(lab)]).toEqual([undefined, 0]);
  });

  test('stays so after a crash, until it was acknowledged', async () => {
    await using lab = await landed({ rules: SHIP });
    const events = await lab.read();
    lab.source.acknowledge(events[10]?.end ?? 0);
    const checkpoint = await lab.stop();
    await lab.write('a.log', 'new');
    lab.events.length = 0;
    lab.start(checkpoint);
    const [, ...rest] = await lab.tail();
    expect(rest).toEqual([...lines(11, 20), 'new']);
    expect(kinds(lab)).toEqual(['marker', ...lines(11, 20).map(() => 'event'), undefined]);
    lab.start(await lab.stop());
    await lab.write('a.log', 'newer');
    await lab.tail();
    expect(kinds(lab).at(-1)).toBeUndefined();
  });

  test('the rest of it goes with a file that is copied and truncated meanwhile', async () => {
    await using lab = await landed({ rules: SHIP });
    await old(lab, 'a.log', ...lines(21, 2_000));
    await lab.read(1);
    expect(lab.received.length).toBeLessThan(1_000);
    await copyFile(lab.path('a.log'), lab.path('a.log.1'));
    await truncate(lab.path('a.log'));
    await lab.write('a.log', 'new');
    await lab.tail();
    const of = (kind?: string) => lab.events.filter((event) => event.inherited === kind);
    expect(of('event').map(({ message }) => message)).toEqual(lines(1, 2_000));
    expect(of().map(({ message }) => message)).toEqual(['new']);
  });

  test('by the times of lines where a file holds both, the marker as old as what it announces', async () => {
    await using lab = await TailLab.open({ landing: LANDING, rules: { ...TIMED, ...SHIP } });
    await lab.write('a.log', timed(-5_000, 'a'), 'its stack', timed(5_000, 'mine'));
    await lab.tail();
    expect(kinds(lab)).toEqual(['marker', 'event', 'event', undefined]);
    expect(lab.events[0]?.at).toBe(AT - 5_000);
  });

  test('a marker is never so old that it would be rejected', async () => {
    await using lab = await TailLab.open({ landing: LANDING, rules: { ...TIMED, ...SHIP } });
    await old(lab, 'a.log', '2020-01-01T00:00:00Z long ago');
    await lab.tail();
    expect(lab.clock.now() - (lab.events[0]?.at ?? 0)).toBeLessThan(14 * 86_400_000);
    expect(lab.events[1]?.at).toBe(Date.UTC(2020, 0));
  });
});

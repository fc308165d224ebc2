import { appendFile, truncate } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { simplePattern } from '#agent/logs/text/line-pattern.ts';
import { PLAIN_TEXT } from '#agent/logs/text/text-rules.ts';
import { lines, TailLab } from './tail-lab.ts';

test('nothing is looked at before a poll is due, and an empty read gives nothing', async () => {
  await using lab = await TailLab.open({ rules: { pollMs: 1_000 } });
  expect(await lab.read()).toEqual([]);
  await lab.write('a.log', 'one');
  await lab.clock.advance(50);
  expect(await lab.read()).toEqual([]);
  expect(await lab.tail()).toEqual(['one']);
});

test('files take turns, and of each file the order is kept', async () => {
  await using lab = await TailLab.open({ include: ['*.log'] });
  await lab.write('a.log', ...lines(1, 20_000, 'a'));
  await lab.write('b.log', ...lines(1, 20_000, 'b'));
  const first = await lab.read(40_000);
  const second = await lab.read(40_000);
  const names = new Set([...first, ...second].map(({ message }) => message.charAt(0)));
  expect(names).toEqual(new Set(['a', 'b']));
  await lab.tail();
  for (const name of ['a', 'b']) {
    expect(lab.received.filter((message) => message.startsWith(name))).toEqual(lines(1, 20_000, name));
  }
  const ends = lab.events.map(({ end }) => end);
  expect(ends).toEqual(ends.toSorted((x, y) => x - y));
});

test('a read gives no more than it was asked for, and at least something', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 20_000));
  const events = await lab.read(20_000);
  expect(events.length).toBeGreaterThan(0);
  expect(events.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(20_000);
  expect((await lab.read(1)).length).toBeGreaterThan(0);
});

test('empty lines are done with as soon as what is before them is', async () => {
  await using lab = await TailLab.open();
  await appendFile(lab.path('a.log'), '\n\none\n\n\n');
  const [event] = await lab.read();
  expect(lab.source.status()).toMatchObject({ lagBytes: 8, files: [{ offset: 8, acknowledged: 0 }] });
  lab.source.acknowledge(event?.end ?? 0);
  expect(lab.source.status()).toMatchObject({ lagBytes: 0, files: [{ acknowledged: 8 }] });
  await appendFile(lab.path('a.log'), '\n\n');
  await lab.tail();
  expect(lab.source.status()).toMatchObject({ lagBytes: 0, files: [{ acknowledged: 10 }] });
});

test('case 29: of a record that is half there, a checkpoint stands at its first byte', async () => {
  const pattern = simplePattern('^\\d');
  if (!pattern) throw new Error('no pattern');
  const text = { ...PLAIN_TEXT, multiline: { by: 'start', pattern } } as const;
  await using lab = await TailLab.open({ rules: { text } });
  await lab.write('a.log', '1 one', '  more', '2 two', '  half');
  expect(await lab.tail()).toEqual(['1 one\n  more']);
  const checkpoint = await lab.stop();
  await lab.write('a.log', '  of it', '3 three');
  lab.start(checkpoint);
  expect(await lab.tail()).toEqual(['2 two\n  half\n  of it']);
});

test('case 30: a line that is half there is completed once, over a restart', async () => {
  await using lab = await TailLab.open();
  await appendFile(lab.path('a.log'), 'one\nhal');
  expect(await lab.tail()).toEqual(['one']);
  const checkpoint = await lab.stop();
  await appendFile(lab.path('a.log'), 'f a line\n');
  lab.start(checkpoint);
  expect(await lab.tail()).toEqual(['half a line']);
});

test('case 40: a last line without a newline is shipped after the flush time, and what follows is neither lost nor repeated', async () => {
  await using lab = await TailLab.open({ rules: { flushMs: 5_000 } });
  await appendFile(lab.path('a.log'), 'one\nlast');
  expect(await lab.tail()).toEqual(['one']);
  expect(await lab.tail(4_999)).toEqual([]);
  expect(await lab.tail(1)).toEqual(['last']);
  await appendFile(lab.path('a.log'), '\n');
  expect(await lab.tail()).toEqual([]);
  await appendFile(lab.path('a.log'), 'next');
  await lab.tail();
  await appendFile(lab.path('a.log'), ' goes on\n');
  expect(await lab.tail()).toEqual(['next goes on']);
  expect(lab.source.status().lagBytes).toBe(0);
});

test('case 40: half a character waits for its other half, however long', async () => {
  await using lab = await TailLab.open();
  const bytes = Buffer.from('é\n');
  await appendFile(lab.path('a.log'), bytes.subarray(0, 1));
  await lab.tail();
  expect(await lab.tail(600_000)).toEqual([]);
  await appendFile(lab.path('a.log'), bytes.subarray(1));
  expect(await lab.tail()).toEqual(['é']);
});

test('case 41: a record that grows all the time is not waited for without end', async () => {
  const pattern = simplePattern('^\\d');
  if (!pattern) throw new Error('no pattern');
  const text = { ...PLAIN_TEXT, multiline: { by: 'start', pattern } } as const;
  await using lab = await TailLab.open({ rules: { text, flushMs: 5_000 } });
  await lab.write('a.log', '1 begins');
  for (let second = 0; second < 60; second += 1) {
    await lab.tail();
    await lab.write('a.log', '  more');
  }
  expect(lab.received.length).toBe(1);
  await lab.write('a.log', '2 ends it');
  await lab.tail();
  expect(lab.received.join('\n').match(/more/g)?.length).toBe(60);
});

test('case 41: two files whose records come in between each other', async () => {
  const pattern = simplePattern('^\\d');
  if (!pattern) throw new Error('no pattern');
  const text = { ...PLAIN_TEXT, multiline: { by: 'start', pattern } } as const;
  await using lab = await TailLab.open({ include: ['*.log'], rules: { text } });
  for (const [name, line] of [
    ['a.log', '1 of a'],
    ['b.log', '1 of b'],
    ['a.log', '  more of a'],
    ['b.log', '  more of b'],
    ['a.log', '2 of a'],
    ['b.log', '2 of b'],
  ] as const) {
    await lab.write(name, line);
    await lab.tail();
  }
  expect(lab.received).toEqual(['1 of a\n  more of a', '1 of b\n  more of b']);
});

test('case 59: new rules keep offsets, and what was under way is acknowledged as before', async () => {
  await using lab = await TailLab.open();
  await lab.write('a.log', ...lines(1, 3));
  const under = await lab.read();
  lab.source.reconfigure(
    { ...lab.rules(), globs: { include: [lab.path('*.log')], exclude: [] } },
    { group: 'g2', stream: 's' },
  );
  await lab.write('a.log', 'four');
  await lab.write('b.log', 'b');
  await lab.tail(1);
  expect(lab.received.toSorted()).toEqual([...lines(1, 3), 'b', 'four'].toSorted());
  expect(lab.source.destination.group).toBe('g2');
  lab.source.acknowledge(under.at(-1)?.end ?? 0);
  expect(lab.source.status().lagBytes).toBe(0);
});

test('an entry that starts at the end ships what is added, and sees a truncation all the same', async () => {
  await using lab = await TailLab.open({ include: ['*.log'], rules: { startAt: 'end' } });
  await lab.write('a.log', ...lines(1, 30));
  expect(await lab.tail()).toEqual([]);
  await lab.write('a.log', 'added');
  await lab.write('b.log', 'new file');
  expect((await lab.tail()).toSorted()).toEqual(['added', 'new file']);
  await truncate(lab.path('a.log'));
  await lab.write('a.log', 'short');
  expect(await lab.tail()).toEqual(['short']);
});

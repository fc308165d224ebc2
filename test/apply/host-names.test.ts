import { expect, it, onTestFinished } from 'vitest';
import { createHostNames, type HostNames } from '#agent/apply/steps/host-names-step.ts';
import { openTargetBench, workOf as benchWorkOf, type TargetBench } from './target-bench.ts';
import { valueOf } from '../support/fetching.ts';
import { HERE } from '../support/sealing.ts';
import type { HostEntry } from '#agent/plan/plan.ts';
import type { ApplyWork } from '#agent/apply/apply-work.ts';

const START = Date.parse('2026-12-01T00:00:00Z');
const HOUR = 3_600_000;

function opened(theirs = '127.0.0.1 localhost\n') {
  const bench: TargetBench = openTargetBench();
  onTestFinished(() => bench.close());
  bench.write('hosts', theirs);
  let now = START;
  const names: HostNames = createHostNames({
    file: { path: bench.path('hosts'), journal: bench.path('hosts.pending') },
    here: HERE,
    clock: { now: () => now },
  });
  return { bench, names, pass: (ms: number) => void (now += ms), text: () => bench.read('hosts') };
}

function entry(name: string, fields: Partial<HostEntry> = {}): HostEntry {
  const place = { file: 'base/plan.yaml', line: 3 };
  return { name, place, address: '10.0.1.7', aliases: [], until: undefined, ...fields };
}

const workOf = (...hosts: readonly HostEntry[]): ApplyWork => benchWorkOf({ hosts });

it('adds, replaces and removes lines by name, and says so before and after; a second run changes nothing', async () => {
  const { names, text } = opened();
  const work = workOf(entry('db.internal', { aliases: ['db'] }), entry('cache.internal'));
  const wanted = [
    { entry: 'hosts.db.internal', action: 'add' },
    { entry: 'hosts.cache.internal', action: 'add' },
  ];
  expect(valueOf(await names.preview(work))).toMatchObject(wanted);
  expect(text()).toBe('127.0.0.1 localhost\n');
  expect(valueOf(await names.run(work))).toMatchObject(wanted);
  expect(text()).toContain('10.0.1.7\tdb.internal db # landfall ');
  expect(valueOf(await names.run(work))).toEqual([]);
  expect(valueOf(await names.run(workOf(entry('db.internal', { address: '10.0.1.8' }))))).toMatchObject([
    { entry: 'hosts.db.internal', action: 'replace' },
    { entry: 'hosts.cache.internal', action: 'remove' },
  ]);
  expect(valueOf(await names.run(workOf()))).toMatchObject([{ action: 'remove' }]);
  expect(text()).toBe('127.0.0.1 localhost\n');
});

it('keeps what somebody writes between two runs', async () => {
  const { bench, names, text } = opened();
  await names.run(workOf(entry('a')));
  bench.write('hosts', `${text()}10.9.9.9 theirs\n`);
  await names.run(workOf(entry('b')));
  expect(text()).toMatch(/^127\.0\.0\.1 localhost\n10\.9\.9\.9 theirs\n10\.0\.1\.7\tb # /);
});

it('looks at each line of a block list once, however many names it has itself', async () => {
  const list = Array.from({ length: 150_000 }, (_, index) => `0.0.0.0 ads${index}.example.com\n`).join('');
  const { names, text } = opened(list);
  // In the time that each with each would take a minute.
  await names.run(workOf(...Array.from({ length: 1000 }, (_, index) => entry(`db${index}.internal`))));
  expect(text().startsWith(list)).toBe(true);
  const taken = await names.run(workOf(entry('ADS149999.example.com')));
  expect(taken).toMatchObject({ kind: 'fail', fault: { code: 'LF_APPLY_TARGET' } });
});

it('refuses a name that somebody else has there, for theirs would win, and changes nothing', async () => {
  const { names, text } = opened('127.0.0.1 localhost\n10.9.9.9 x DB.internal # by hand\n::1 v6\n');
  const before = text();
  for (const work of [workOf(entry('db.internal')), workOf(entry('y', { aliases: ['db.internal'] }))]) {
    expect(await names.run(work)).toMatchObject({
      kind: 'fail',
      fault: {
        code: 'LF_APPLY_TARGET',
        cause: 'line 2 of somebody else has db.internal already, and would win (base/plan.yaml:3)',
      },
    });
    expect((await names.preview(work)).kind).toBe('fail');
  }
  expect(text()).toBe(before);
  // Of the other family: both are found.
  expect((await names.run(workOf(entry('v6')))).kind).toBe('ok');
});

it('takes a line out when its time is over, and does not put it back', async () => {
  const { names, pass, text } = opened();
  const work = workOf(entry('rehearsal', { until: START + HOUR }), entry('stays'));
  await names.run(work);
  expect(names.nextExpiry()).toBe(START + HOUR);
  expect(valueOf(await names.expire())).toEqual([]);
  pass(HOUR);
  expect(valueOf(await names.expire())).toEqual([
    { entry: 'hosts.rehearsal', subject: expect.any(String), action: 'remove', reason: 'its time is over' },
  ]);
  expect(names.nextExpiry()).toBeUndefined();
  expect(text()).not.toContain('rehearsal');
  expect(text()).toContain('stays');
  expect(valueOf(await names.run(work))).toEqual([]);
});

it('goes back to the lines of before, and keeps what others wrote meanwhile', async () => {
  const { bench, names, text } = opened();
  await names.run(workOf(entry('old', { until: START + HOUR })));
  await names.run(workOf(entry('new')));
  bench.write('hosts', `10.9.9.9 theirs\n${text()}`);
  expect((await names.back()).kind).toBe('ok');
  expect(text()).toMatch(/^10\.9\.9\.9 theirs\n127\.0\.0\.1 localhost\n10\.0\.1\.7\told # [^\n]+\n$/);
  expect(names.nextExpiry()).toBe(START + HOUR);
});

it('is tried again where somebody else changes the file all the time', async () => {
  const { bench, names } = opened();
  const work = workOf(entry('a'));
  let times = 0;
  // Whoever asks for the entries writes the file: as often as it is read.
  const restless = {
    ...work,
    plan: {
      ...work.plan,
      hosts: [
        {
          ...entry('a'),
          get aliases(): readonly string[] {
            times += 1;
            bench.write('hosts', `# ${times}\n`);
            return [];
          },
        },
      ],
    },
  };
  expect(await names.run(restless)).toMatchObject({ kind: 'retry', fault: { code: 'LF_APPLY_WRITE' } });
});

it('needs no file where nothing is asked for, and says why it cannot be written where something is', async () => {
  const { bench } = opened();
  const names = createHostNames({
    file: { path: bench.folder, journal: undefined },
    here: HERE,
    clock: { now: () => START },
  });
  expect(valueOf(await names.run(workOf()))).toEqual([]);
  expect(await names.run(workOf(entry('a')))).toMatchObject({
    kind: 'fail',
    fault: { code: 'LF_APPLY_WRITE', subject: bench.folder },
  });
});

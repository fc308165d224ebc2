import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LogShipper } from '#agent/logs/log-shipper.ts';
import { readLogPlan } from '#agent/logs/settings/read-log-plan.ts';
import { StreamNames } from '#agent/logs/stream-names.ts';
import { callsAt } from '../support/aws-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { elapse, until } from '../support/patience.ts';
import { recordingSink } from './support/recording-sink.ts';
import { entry, FACTS, shipperLab } from './support/shipper-lab.ts';

const PATIENCE_MS = 3_600_000;
const MIB = 1024 * 1024;

describe('where the stream has {file} in its name', () => {
  test('each file has a stream, and keeps it when it is rotated', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    const plan = [entry('web', { path: `${lab.folder}/*.log`, group: 'g', stream: '{instanceId}/{file}' })];
    lab.write('a.log', 'a1', 'a2');
    lab.write('b c.log', 'b1');
    const first = lab.start({ aws: callsAt(sink.url), clock });
    await elapse(clock, first.reconfigure(plan, FACTS));
    await elapse(
      clock,
      until(() => sink.received.length === 3),
    );
    renameSync(join(lab.folder, 'a.log'), join(lab.folder, 'a.log.1'));
    lab.write('a.log.1', 'a3');
    lab.write('a.log', 'a4');
    await elapse(
      clock,
      until(() => sink.received.length === 5),
    );
    await elapse(clock, first.drain(PATIENCE_MS));
    lab.write('a.log', 'a5');
    const second = lab.start({ aws: callsAt(sink.url), clock });
    await elapse(clock, second.reconfigure(plan, FACTS));
    await elapse(
      clock,
      until(() => sink.received.length === 6),
    );
    await elapse(clock, second.drain(PATIENCE_MS));
    expect(sink.messagesOf('i-1/a.log')).toEqual(['a1', 'a2', 'a3', 'a4', 'a5']);
    expect(sink.messagesOf('i-1/b_c.log-306cd755')).toEqual(['b1']);
    expect(sink.received).toHaveLength(6);
  });

  test('{path} tells files of one name apart; {hostname} and {privateIp} are those of the metadata service', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    for (const host of ['shop', 'blog']) {
      mkdirSync(join(lab.folder, host));
      lab.write(`${host}/access.log`, host);
    }
    const facts = { ...FACTS, privateIp: '10.0.0.5' };
    const stream = '{hostname}/{privateIp}/{path}';
    const plan = [entry('web', { path: `${lab.folder}/*/access.log`, group: 'g', stream })];
    const shipper = lab.start({ aws: callsAt(sink.url), clock });
    await elapse(clock, shipper.reconfigure(plan, facts));
    expect(shipper.waiting()).toEqual([{ kind: 'waiting', name: 'web', placeholder: '{hostname}' }]);
    await elapse(clock, shipper.reconfigure(plan, { ...facts, hostname: 'ip-10-0-0-5' }));
    await elapse(
      clock,
      until(() => sink.received.length === 2),
    );
    await elapse(clock, shipper.drain(PATIENCE_MS));
    const folder = lab.folder.slice(1);
    for (const host of ['shop', 'blog'])
      expect(sink.messagesOf(`ip-10-0-0-5/10.0.0.5/${folder}/${host}/access.log`)).toEqual([host]);
  });

  test('a stream that hangs holds up no other and takes no memory from it, and a kill sends nothing of the others again', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    const held = Promise.withResolvers<void>();
    sink.mischief = ({ stream }) =>
      stream === 'hung.log' ? { kind: 'wait', until: held.promise } : undefined;
    const plan = [entry('web', { path: `${lab.folder}/*.log`, group: 'g', stream: '{file}' })];
    lab.write('hung.log', ...Array.from({ length: 12_000 }, (_, index) => `${index} ${'x'.repeat(1000)}`));
    const first = lab.start({ aws: callsAt(sink.url), clock });
    await elapse(clock, first.reconfigure(plan, FACTS));
    await elapse(
      clock,
      until(() => sink.puts.some(({ stream }) => stream === 'hung.log')),
    );
    for (const round of [1, 2, 3]) {
      lab.write('good.log', `good ${round}`);
      await elapse(
        clock,
        until(() => sink.messagesOf('good.log').length === round),
      );
    }
    await clock.advance(2_000);
    expect(heldBytes(first)).toBeGreaterThan(MIB);
    expect(heldBytes(first)).toBeLessThan(6 * MIB);
    // As a kill does: what the hung stream was sent is never settled.
    await elapse(clock, first.drain(1_000));
    sink.mischief = () => undefined;
    held.resolve();
    const second = lab.start({ aws: callsAt(sink.url), clock });
    await elapse(clock, second.reconfigure(plan, FACTS));
    const numbers = () => new Set(sink.messagesOf('hung.log').map((line) => line.split(' ')[0]));
    await elapse(
      clock,
      until(() => sink.messagesOf('hung.log').length >= 12_000 && numbers().size === 12_000),
    );
    await elapse(clock, second.drain(PATIENCE_MS));
    expect(sink.messagesOf('good.log')).toEqual(['good 1', 'good 2', 'good 3']);
  });

  test('a hundred and fifty files that are written to make no more than fifty calls a second', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    const plan = [entry('web', { path: `${lab.folder}/*.log`, group: 'g', stream: '{file}' })];
    const files = Array.from({ length: 150 }, (_, index) => `${index}.log`);
    const write = (): void => files.forEach((file) => lab.write(file, 'line'));
    write();
    const shipper = lab.start({ aws: callsAt(sink.url), clock });
    await elapse(clock, shipper.reconfigure(plan, FACTS));
    await elapse(
      clock,
      until(() => new Set(sink.received.map(({ stream }) => stream)).size === files.length),
    );
    const before = { calls: sink.puts.length, at: clock.monotonic() };
    while (clock.monotonic() - before.at < 12_000) {
      write();
      await clock.advance(500);
    }
    expect((sink.puts.length - before.calls) / 12).toBeLessThanOrEqual(55);
    await elapse(clock, shipper.drain(PATIENCE_MS));
  });
});

test('streams of one entry are bounded: what is beyond has one together, until others are not written to any more', () => {
  const names = new StreamNames(2);
  expect(names.nameOf('{file}', '/a', 0)).toBe('a');
  expect(names.nameOf('{file}', '/b', 1)).toBe('b');
  expect(names.trouble(1)).toBeUndefined();
  expect(names.nameOf('x/{file}', '/c', 2)).toBe('x/other-files');
  expect(names.trouble(2)).toContain('more than 2 files');
  expect(names.nameOf('{file}', '/b', 3_600_001)).toBe('b');
  expect(names.nameOf('x/{file}', '/c', 3_600_002)).toBe('x/c');
  expect(names.trouble(3_600_003)).toBeUndefined();
});

test('files whose names differ in what a stream may not be called have two, and no name is taken for a placeholder', () => {
  const names = new StreamNames();
  const of = (path: string, template = '{file}') => names.nameOf(template, path, 0);
  const alike = ['/a b.log', '/a_b.log', '/a:b.log', '/a*b.log', '/a\nb.log'].map((path) => of(path));
  expect(new Set(alike).size).toBe(alike.length);
  expect(alike[1]).toBe('a_b.log');
  for (const name of alike) expect(name).toMatch(/^a_b\.log(?:-[\da-f]{8})?$/);
  expect(of('/x/{date}.log')).toMatch(/^_date_\.log-[\da-f]{8}$/);
  expect(of('/x/{path}.log', '{path}|{file}')).toMatch(/^x\/_path_\.log-[\da-f]{8}\|_path_\.log-[\da-f]{8}$/);
  const [one, two] = ['one', 'two'].map((end) => of(`/${'d'.repeat(600)}/${end}.log`, '{path}'));
  expect([one?.length, two?.length]).toEqual([512, 512]);
  expect(one).not.toBe(two);
});

test.each([
  [{ path: '/a/*.log', group: '/{file}' }, '{file} and {path} are for streams'],
  [{ journal: {}, group: 'g', stream: '{path}' }, 'which only the events of `path` have'],
  [{ output: true, group: 'g', stream: 'x-{file}' }, 'which only the events of `path` have'],
])('%j is refused', async (settings, problem) => {
  const read = await readLogPlan([entry('app', settings)]);
  expect(JSON.stringify(read)).toContain(problem);
});

function heldBytes(shipper: LogShipper): number {
  return shipper.status().heldBytes;
}

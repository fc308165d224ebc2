import { readdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createHooks } from '#agent/apply/steps/hooks-step.ts';
import { hookOf, openCommandHost, workOf } from '../support/command-host.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { generationOf } from '../support/generations.ts';

it('a setup hook runs once per instance, and one that comes later runs then', async () => {
  await using commands = await openCommandHost();
  const log = `${commands.folder}/log`;
  const [a, b] = [hookOf('a', `echo a >>${log}`), hookOf('b', `echo b >>${log}`)];
  await commands.hooks.run('setup', workOf({ hooks: { setup: [a] } }));
  const changed = hookOf('a', `echo a2 >>${log}`);
  expect(await commands.hooks.run('setup', workOf({ hooks: { setup: [b, changed] } }))).toEqual({
    kind: 'ok',
    value: [{ entry: 'hooks.setup.b', subject: 'base/plan.yaml:1', action: 'run' }],
  });
  expect(await commands.text('log')).toBe('a\nb');
});

it('an unnamed setup hook is known by what it runs, for its place may be another tomorrow', async () => {
  await using commands = await openCommandHost();
  const log = `${commands.folder}/log`;
  const a = `echo a >>${log}`;
  await commands.hooks.run('setup', workOf({ hooks: { setup: [hookOf('base#1', a)] } }));
  const setup = [hookOf('base#1', `echo new >>${log}`), hookOf('base#2', a)];
  await commands.hooks.run('setup', workOf({ hooks: { setup } }));
  expect(await commands.text('log')).toBe('a\nnew');
});

it('a hook of `once` runs once per instance and content, whatever it is called', async () => {
  await using commands = await openCommandHost();
  const log = `${commands.folder}/log`;
  const [named, unnamed] = [hookOf('seed', `echo seed >>${log}`), hookOf('base#2', `echo unnamed >>${log}`)];
  await commands.hooks.run('once', workOf({ hooks: { once: [named, unnamed] } }));
  await commands.hooks.run('once', workOf({ hooks: { once: [named, unnamed] }, properties: { a: '2' } }));
  const other = hookOf('seed', `echo other >>${log}`);
  const moved = hookOf('base#1', `echo unnamed >>${log}`);
  expect(await commands.hooks.preview('once', workOf({ hooks: { once: [moved, other] } }))).toEqual({
    kind: 'ok',
    value: [{ entry: 'hooks.once.seed', subject: 'base/plan.yaml:1', action: 'run' }],
  });
  await commands.hooks.run('once', workOf({ hooks: { once: [moved, other] } }));
  expect(await commands.text('log')).toBe('seed\nunnamed\nother');
});

it('configure runs when the configuration or the hook changed, with both snapshots, which are gone after', async () => {
  await using commands = await openCommandHost();
  const line = `stat -c %a $LANDFALL_NEW; cat $LANDFALL_OLD; echo; cat $LANDFALL_NEW; echo`;
  const configure = [hookOf('show', line)];
  const before = generationOf(6, { a: '1' });
  const first = workOf({ hooks: { configure }, properties: { a: '2' }, before, secrets: ['a'] });
  expect(await commands.hooks.run('configure', first)).toMatchObject({ kind: 'ok', value: [{}] });
  expect(commands.output.map((line2) => line2.split(' ').slice(2).join(' '))).toEqual([
    '600',
    '{"generation":6,"release":null,"properties":{"a":"1"}}',
    '{"generation":7,"release":"r-1","properties":{"a":"2"}}',
  ]);
  expect(await commands.hooks.preview('configure', first)).toEqual({ kind: 'ok', value: [] });
  expect(await commands.hooks.run('configure', first)).toEqual({ kind: 'ok', value: [] });
  const other = workOf({ hooks: { configure }, properties: { a: '3' } });
  expect(await commands.hooks.preview('configure', other)).toMatchObject({ value: [{}] });
  const edited = workOf({ hooks: { configure: [hookOf('show', 'true')] }, properties: { a: '2' } });
  expect(await commands.hooks.run('configure', edited)).toMatchObject({ value: [{}] });
  expect((await readdir(commands.folder)).filter((name) => name.startsWith('command-'))).toEqual([]);
});

it('a configure hook that failed runs again when the old configuration comes back', async () => {
  await using commands = await openCommandHost();
  const configure = [hookOf('first', 'echo first $A'), hookOf('second', 'echo second $A; [ $A != bad ]')];
  const work = (a: string) => workOf({ hooks: { configure }, properties: { a } });
  await commands.hooks.run('configure', work('good'));
  expect(await commands.hooks.run('configure', work('bad'))).toMatchObject({
    kind: 'fail',
    fault: { code: 'LF_APPLY_HOOK', subject: 'hooks.configure.second' },
  });
  commands.output.length = 0;
  expect(await commands.hooks.run('configure', work('good'))).toMatchObject({ kind: 'ok' });
  expect(commands.output).toEqual([
    'hooks.configure.first stdout first good',
    'hooks.configure.second stdout second good',
  ]);
});

it('a failure ends an event, unless the hook says continueOnError', async () => {
  await using commands = await openCommandHost();
  const deploy = [
    hookOf('a', 'exit 1', { continueOnError: true }),
    hookOf('b', 'exit 2'),
    hookOf('c', 'echo c'),
  ];
  expect(await commands.hooks.run('deploy', workOf({ hooks: { deploy } }))).toMatchObject({
    fault: { subject: 'hooks.deploy.b', cause: 'exit code 2' },
  });
  expect(commands.output).toEqual([]);
});

it('at shutdown every hook gets its turn, and the first failure is told', async () => {
  await using commands = await openCommandHost();
  const shutdown = [hookOf('a', 'exit 1'), hookOf('b', 'echo $LANDFALL_EVENT')];
  expect(await commands.hooks.run('shutdown', workOf({ hooks: { shutdown } }))).toMatchObject({
    kind: 'fail',
    fault: { subject: 'hooks.shutdown.a' },
  });
  expect(commands.output).toEqual(['hooks.shutdown.b stdout shutdown']);
});

it('the deadline is that of all hooks together: the time of one is what the others left', async () => {
  const clock = new FakeClock();
  await using commands = await openCommandHost(clock);
  const timeouts: number[] = [];
  const hooks = createHooks(commands.host, async (launch) => {
    timeouts.push(launch.timeoutMs);
    await clock.advance(4000);
    return { kind: 'ok', value: undefined };
  });
  const shutdown = ['a', 'b', 'c', 'd'].map((name) => hookOf(name, 'true', { timeoutMs: 9000 }));
  const outcome = await hooks.run('shutdown', workOf({ hooks: { shutdown } }), { deadlineMs: 10_000 });
  expect(timeouts).toEqual([9000, 6000, 2000]);
  expect(outcome).toMatchObject({ fault: { subject: 'hooks.shutdown.d', cause: 'no time was left for it' } });
});

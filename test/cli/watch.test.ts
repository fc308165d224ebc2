import { expect, it } from 'vitest';
import { cliBench, type CliBench } from '../support/cli-bench.ts';
import { until } from '../support/patience.ts';

/** Begins to watch; resolves with the end of it, once the stream is open. */
async function watch(cli: CliBench, ...args: readonly string[]): Promise<{ readonly exit: Promise<number> }> {
  const exit = cli.run('watch', ...args);
  await until(() => cli.api.counts.subscribers === 1 && cli.handlers === 1);
  return { exit };
}

it('prints one line a change until it is stopped, which is no error', async () => {
  const cli = await cliBench();
  const { exit } = await watch(cli);
  const { events } = cli.api.backend;
  events.record('generation', { number: 2, release: null, digest: 'abc', keys: ['a', 'ü'] });
  events.record('source', { state: 'stale', code: 'LF_SOURCE_DENIED' });
  await cli.printed((text) => text.split('\n').length === 3);
  expect(cli.out()).toBe(
    [
      '2026-11-21T00:00:00.000Z  generation  number=2  release=null  digest=abc  keys=a,ü',
      '2026-11-21T00:00:00.000Z  source  state=stale  code=LF_SOURCE_DENIED',
      '',
    ].join('\n'),
  );
  cli.signal('stop');
  expect(await exit).toBe(0);
  expect(cli.err()).toBe('');
});

it('of one key prints its changes only', async () => {
  const cli = await cliBench();
  const { exit } = await watch(cli, 'a');
  const { events } = cli.api.backend;
  events.record('source', { state: 'stale', code: 'LF_SOURCE_DENIED' });
  events.record('generation', { number: 2, keys: ['b'] });
  events.record('generation', { number: 3, keys: ['a', 'b'] });
  await cli.printed((text) => text.includes('\n'));
  expect(cli.out()).toBe('2026-11-21T00:00:00.000Z  generation  number=3  keys=a,b\n');
  cli.signal('stop');
  await exit;
});

it('with --json prints one object a line, also for what holds objects', async () => {
  const cli = await cliBench();
  const { exit } = await watch(cli, '--json');
  cli.api.backend.events.record('relocated', {
    to: 'eu-west-1',
    removed: [{ path: '/x', reason: 'foreign' }],
  });
  await cli.printed((text) => text.includes('\n'));
  expect(JSON.parse(cli.out())).toEqual({
    id: 1,
    at: '2026-11-21T00:00:00.000Z',
    kind: 'relocated',
    data: { to: 'eu-west-1', removed: [{ path: '/x', reason: 'foreign' }] },
  });
  cli.signal('stop');
  await exit;
});

it('ends with 8 when the agent goes away', async () => {
  const cli = await cliBench();
  const { exit } = await watch(cli);
  await cli.api.server.close();
  expect(await exit).toBe(8);
  expect(cli.err()).toMatch(
    /^landfall: watch the agent: it closed the stream\. .*\[LF_AGENT_NOT_RUNNING\]\n$/,
  );
});

it('is told when the agent has no room for another watcher', async () => {
  const cli = await cliBench();
  // 64 streams, and a quarter more for who comes over the socket.
  const room = 80;
  const others = Array.from({ length: room }, () => cli.run('watch'));
  await until(() => cli.api.counts.subscribers === room && cli.handlers === room);
  expect(await cli.run('watch')).toBe(8);
  expect(cli.err()).toContain('[LF_BUSY]');
  cli.signal('stop');
  await Promise.all(others);
});

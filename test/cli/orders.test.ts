import { describe, expect, it } from 'vitest';
import { fail, ok, retry } from '#kit/outcome.ts';
import { cliBench, type Way } from '../support/cli-bench.ts';
import { failing } from '../support/memory-store.ts';

describe('refresh', () => {
  it.each([
    [{ changed: true, generation: 4 }, 'now at generation 4\n'],
    [{ changed: false, generation: 4 }, 'still at generation 4\n'],
  ])('says what the poll came to: %j', async (document, said) => {
    const cli = await cliBench();
    cli.api.backend.refreshed = async () => ok(document);
    expect(await cli.run('refresh')).toBe(0);
    expect(cli.out()).toBe(said);
  });

  it.each([
    ['LF_SOURCE_DENIED', 4],
    ['LF_PARSE', 5],
    ['LF_REGION_FOREIGN', 6],
    ['LF_TAGS_UNAVAILABLE', 3],
  ] as const)('ends with the code of the failure: %s, %i', async (code, exit) => {
    const cli = await cliBench();
    cli.api.backend.refreshed = async () => failing(code);
    expect(await cli.run('refresh')).toBe(exit);
    expect(cli.err()).toBe(`landfall: read s3://config: the test says so. None. [${code}]\n`);
    cli.api.backend.refreshed = async () => retry(failing(code).fault);
    expect(await cli.run('refresh')).toBe(exit);
  });

  it('shows all problems of a refused configuration, one a line', async () => {
    const cli = await cliBench();
    const problems = [
      { code: 'LF_PARSE', message: 'no colon', file: 'base/a.yaml', line: 3, column: 1 },
      { code: 'LF_PARSE', message: 'a tab', file: 'base/b.yaml', line: 9 },
    ] as const;
    cli.api.backend.refreshed = async () => fail({ ...failing('LF_PARSE').fault, problems });
    await cli.run('refresh');
    expect(cli.err()).toContain('\n  base/a.yaml:3:1: no colon\n  base/b.yaml:9: a tab');
  });
});

const set = ['set', 'log.level', 'DEBUG', '--for', '1h', '--reason', 'ticket 4711'];

describe.each<Way>(['socket', 'port'])('over the %s', (way) => {
  it('set overrides for a while, with a reason', async () => {
    const cli = await cliBench(way);
    expect(await cli.run(...set)).toBe(0);
    expect(cli.out()).toBe('log.level overridden for 1h\n');
    expect(cli.api.backend.overrides).toEqual([
      { key: 'log.level', value: 'DEBUG', forMs: 3_600_000, reason: 'ticket 4711' },
    ]);
  });

  it('unset ends it', async () => {
    const cli = await cliBench(way);
    expect(await cli.run('unset', 'log.level')).toBe(0);
    expect(cli.out()).toBe('log.level is no longer overridden\n');
    expect(cli.api.backend.removed).toEqual(['log.level']);
  });

  it('secrets are shown', async () => {
    const cli = await cliBench(way);
    cli.api.backend.secrets.add('pw');
    cli.api.backend.activate({ pw: 'hunter2' });
    await cli.run('get', 'pw');
    expect(cli.out()).toBe('hunter2\n');
  });
});

describe('over the port without the token', () => {
  it('nothing is changed, and the error says what is missing', async () => {
    const cli = await cliBench('port without token');
    expect(await cli.run(...set)).toBe(2);
    expect(cli.err()).toContain('the request carries no token');
    expect(cli.err()).toContain('[LF_UNAUTHORIZED]');
    expect(cli.api.backend.overrides).toEqual([]);
  });

  it('values are shown, secrets are not', async () => {
    const cli = await cliBench('port without token');
    cli.api.backend.secrets.add('pw');
    cli.api.backend.activate({ pw: 'hunter2', a: '1' });
    await cli.run('get', 'a');
    await cli.run('get', 'pw');
    expect(cli.out()).toBe('1\n[redacted]\n');
  });
});

describe('an order', () => {
  it('with --json answers with the document, one line', async () => {
    const cli = await cliBench();
    await cli.run(...set, '--json');
    expect(cli.out()).toBe('{"key":"log.level"}\n');
  });

  it('takes a value that looks like an option behind --', async () => {
    const cli = await cliBench();
    expect(await cli.run('set', '--for', '1h', '--reason', 'r', '--', 'retries', '--none')).toBe(0);
    expect(cli.api.backend.overrides).toMatchObject([{ key: 'retries', value: '--none' }]);
  });

  it('without an end or a reason is a usage error', async () => {
    const cli = await cliBench();
    expect(await cli.run('set', 'a', '1', '--reason', 'r')).toBe(2);
    expect(await cli.run('set', 'a', '1', '--for', '1h')).toBe(2);
    expect(cli.api.backend.overrides).toEqual([]);
  });

  it('for a time that is none is refused by the agent, with its words', async () => {
    const cli = await cliBench();
    expect(await cli.run('set', 'a', '1', '--for', 'ever', '--reason', 'r')).toBe(2);
    expect(cli.err()).toContain('"for" must be a duration from 1s to 30d');
  });
});

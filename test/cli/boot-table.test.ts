import { describe, expect, it } from 'vitest';
import { cliBench } from '../support/cli-bench.ts';

const PHASES = [
  { name: 'process', fromMs: 0, tookMs: 35.2, cpuMs: null },
  { name: 'credentials', fromMs: 135.2, tookMs: 8.6, cpuMs: 7 },
];

describe('status --boot', () => {
  it('is a table of phases in whole milliseconds, numbers below each other', async () => {
    const cli = await cliBench();
    cli.api.backend.report = { version: '1.2.3', boot: { readyMs: 440.4, cpuMs: 401.6, phases: PHASES } };
    expect(await cli.run('status', '--boot')).toBe(0);
    expect(cli.out()).toBe(
      [
        'phase        from  took  processor',
        'process         0    35          -',
        'credentials   135     9          7',
        'ready         440              402',
        'in ms since the process was started',
        '',
      ].join('\n'),
    );
  });

  it('says so while it is not ready', async () => {
    const cli = await cliBench();
    cli.api.backend.report = { version: '1.2.3', boot: { readyMs: null, cpuMs: null, phases: PHASES } };
    expect(await cli.run('status', '--boot')).toBe(0);
    expect(cli.out()).toMatch(/^ready +- +-$/m);
    expect(cli.out()).toContain('; it is not ready yet\n');
  });

  it('with --json is that part of the status, as one line', async () => {
    const cli = await cliBench();
    const boot = { readyMs: 440.4, cpuMs: 401.6, phases: PHASES };
    cli.api.backend.report = { version: '1.2.3', boot };
    expect(await cli.run('status', '--boot', '--json')).toBe(0);
    expect(cli.out()).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(cli.out())).toEqual(boot);
  });

  it('of an agent that is older than this program fails with the way out', async () => {
    const cli = await cliBench();
    cli.api.backend.report = { version: '0.0.9' };
    expect(await cli.run('status', '--boot')).toBe(1);
    expect(cli.out()).toBe('');
    expect(cli.err()).toContain('the agent that runs here is 0.0.9');
    expect(cli.err()).toContain('Restart it with this executable.');
  });
});

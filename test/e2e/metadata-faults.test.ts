import { describe, expect, it, vi } from 'vitest';
import type { Fault } from '../../scripts/sandbox/wire/faults.ts';
import { Payroll } from './payroll.ts';

// They mostly wait.
vi.setConfig({ maxConcurrency: 12 });

const ROLE_PATH = '/latest/meta-data/iam/security-credentials/landfall';

describe.concurrent('a metadata service that fails after boot', () => {
  const FAULTS: Readonly<Record<string, Partial<Fault>>> = {
    'is down': { effect: 'reset' },
    hangs: { effect: 'hang' },
    throttles: { effect: 'throttle' },
    'is disabled': { effect: { status: 403 } },
    'answers 500': { effect: { status: 500 } },
    'cuts its answers': { effect: 'truncate' },
  };

  it.each(Object.entries(FAULTS))('changes nothing when it %s: S3 is followed', async (_, fault) => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    await citizen.follows();
    payroll.sandbox.faults.add({ service: 'imds', ...fault });
    payroll.put('environment/prod/prod.properties', 'log.level=ERROR\n');
    await citizen.serves('log.level', 'ERROR');
    expect(await citizen.json('/v1/config')).toMatchObject({
      role: 'web',
      environment: 'prod',
      stale: false,
    });
    expect(citizen.agent.stderr).toContain('instance tags cannot be read, the last ones stay in use');
    expect(payroll.instance.violations).toEqual([]);
  });
});

describe.concurrent('a metadata service that fails at boot', () => {
  it('is waited for by the daemon', async () => {
    await using payroll = await Payroll.open({ instance: { mode: 'down' } });
    const citizen = payroll.start();
    await vi.waitUntil(() => citizen.agent.stderr.includes('LF_IMDS_UNREACHABLE'), 10_000);
    payroll.instance.mode = 'required';
    await citizen.ready();
    expect(payroll.instance.violations).toEqual([]);
  });

  it('shows a hop limit as what it is', async () => {
    await using payroll = await Payroll.open({ instance: { mode: 'hop-limit' } });
    const { code, stderr } = await payroll.finish({ env: { LANDFALL_BOOT_TIMEOUT: '6s' } });
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/no answer: hop limit\?.*\[LF_IMDS_UNREACHABLE\]\n$/s),
    ]);
  });

  it.each([
    ['v1-only', 'LF_IMDS_V1_ONLY'],
    ['disabled', 'LF_IMDS_DISABLED'],
  ] as const)('ends the daemon when that is final: %s', async (mode, code) => {
    await using payroll = await Payroll.open({ instance: { mode } });
    const finished = await payroll.finish({ args: ['run'] });
    expect([finished.code, finished.stderr]).toEqual([3, expect.stringContaining(code)]);
    expect(payroll.instance.violations).toEqual([]);
    expect(payroll.sandbox.requests.entries.filter(({ service }) => service !== 'imds')).toEqual([]);
  });

  it('is never asked without a token, even where that would be answered', async () => {
    await using payroll = await Payroll.open({ instance: { mode: 'optional' } });
    await payroll.run();
    expect(payroll.instance.violations).toEqual([]);
  });

  it('ends a bootstrap when credentials cannot be had, and says how to attach a role', async () => {
    await using payroll = await Payroll.open({ instance: { role: null } });
    const { code, stderr } = await payroll.finish({ env: { LANDFALL_BOOT_TIMEOUT: '3s' } });
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/Attach an instance profile.*\[LF_CREDENTIALS\]\n$/s),
    ]);
  });
});

describe.concurrent('tokens and credentials', () => {
  it('are renewed when the service forgets its tokens', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    payroll.instance.revokeTokens();
    payroll.instance.tags.set('role', 'none');
    await citizen.serves('workers', '2');
    expect(payroll.instance.violations).toEqual([]);
  });

  it('are fetched anew when S3 refuses the ones at hand', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    await citizen.follows();
    payroll.sandbox.requests.clear();
    payroll.instance.rotateCredentials();
    payroll.sandbox.faults.add({ service: 's3', times: 1, effect: { status: 400, code: 'ExpiredToken' } });
    await citizen.fails('LF_CREDENTIALS');
    await citizen.follows();
    const asked = payroll.sandbox.requests.entries.filter(({ path }) => path === ROLE_PATH);
    expect(asked).toHaveLength(1);
  });

  it('that run out while the service is down are used on, until S3 refuses them', async () => {
    await using payroll = await Payroll.open({ instance: { credentialsLifetimeMs: 4000 } });
    const citizen = await payroll.run();
    const before = await citizen.properties();
    payroll.sandbox.faults.add({ service: 'imds', effect: 'reset' });
    await citizen.fails('LF_CREDENTIALS');
    expect(await citizen.properties()).toEqual(before);
    payroll.sandbox.faults.clear();
    await citizen.follows();
  });
});

describe.concurrent('an instance without an identity signature', () => {
  it('serves, keeps no value on its disk, and says so', async () => {
    await using payroll = await Payroll.open({ instance: { signed: false } });
    const citizen = await payroll.run();
    expect(await citizen.json('/v1/status')).toMatchObject({
      fence: { state: expect.stringContaining('nothing is kept') as string },
    });
    await citizen.kill();
    payroll.sandbox.faults.add({ service: 's3', effect: 'reset' });
    const again = payroll.restart(citizen);
    await again.fails('LF_SOURCE_UNREACHABLE');
    expect((await again.ask('/v1/config')).status).toBe(503);
  });
});

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { allowed } from '../support/allowed.ts';
import { DepartingSite, until } from './departing-site.ts';
import { REGION } from './payroll.ts';

const PLAN = `
hooks: { shutdown: ["echo begun >> TRACES/hooks; echo farewell", "TRACES/second"] }
logs: { boot: { output: true, group: "/boot" } }
claims: { address: { tag: "service=payroll", release: true, timeout: 10s } }
`;

/** An instance with a `systemctl` that says this; what the second hook is, is a program in the folder. */
async function stopping(state: string, second = '#!/bin/sh\n') {
  const site = await DepartingSite.open(PLAN);
  const address = site.payroll.sandbox.addresses.allocate(REGION, { service: 'payroll' });
  const bin = join(site.folder, 'bin');
  mkdirSync(bin);
  program(join(bin, 'systemctl'), `#!/bin/sh\n${state}\n`);
  program(join(site.folder, 'second'), second.replaceAll('TRACES', site.folder));
  const citizen = await site.run({ env: { PATH: `${bin}:/usr/sbin:/usr/bin:/sbin:/bin` } });
  const { addresses } = site.payroll.sandbox;
  return {
    site,
    citizen,
    holder: () => addresses.holderOf(address),
    [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
  };
}

function program(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

it.concurrent.each(['echo running', 'echo degraded; exit 1', 'exit 127', 'sleep 600'])(
  'the agent alone is stopped (systemctl: %s): nothing leaves, and it ends soon',
  async (state) => {
    await using stage = await stopping(state);
    const { site, citizen, holder } = stage;
    const begun = performance.now();
    expect(await citizen.agent.stop()).toBe(0);
    expect(performance.now() - begun).toBeLessThan(allowed(8000));
    expect(site.traces('hooks')).toEqual([]);
    expect(holder()).toBe(site.instanceId);
  },
);

it.concurrent('the machine goes down: hooks, logs and claims before it ends, and not twice in one boot', async () => {
  await using stage = await stopping('echo stopping; exit 1');
  const { site, citizen, holder } = stage;
  expect(await citizen.agent.stop()).toBe(0);
  expect(site.traces('hooks')).toEqual(['begun']);
  expect(site.shipped('/boot').join('\n')).toContain('farewell');
  expect(holder()).toBeUndefined();
  const again = await site.run({ env: { PATH: citizen.agent.env['PATH'] ?? '' } });
  expect(holder()).toBe(site.instanceId);
  expect(await again.agent.stop()).toBe(0);
  expect(site.traces('hooks')).toEqual(['begun']);
  expect(holder()).toBeUndefined();
});

it.concurrent(
  'a hook that does not end is cut, and what comes after it is done',
  { timeout: 120_000 },
  async () => {
    await using stage = await stopping(
      'echo stopping',
      '#!/bin/sh\necho endless >> TRACES/hooks\nexec sleep 600\n',
    );
    const { site, citizen, holder } = stage;
    const begun = performance.now();
    citizen.agent.signal('SIGTERM');
    await until(() => site.traces('hooks').includes('endless'));
    expect(await citizen.agent.exited()).toBe(0);
    // TimeoutStopSec= of the unit.
    expect(performance.now() - begun).toBeLessThan(90_000);
    expect(holder()).toBeUndefined();
  },
);

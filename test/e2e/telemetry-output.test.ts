import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newBase, type Citizen, type Json } from './citizen.ts';
import { DepartingSite, until } from './departing-site.ts';
import { Payroll, REGION, type Files } from './payroll.ts';

const GROUP = '/prod/boot';
const OUTPUT = 'logs: { boot: { output: true, group: "/{environment}/boot" } }\n';

/** One script, which knows a secret of the configuration. */
function files(
  plan = OUTPUT,
  script = 'echo step one; echo "password is $1"; exec >&2; sleep 0.2; echo step two',
): Files {
  return {
    'base/app.properties': 'password=${@ssm:/payroll/password}\n',
    'base/plan.yaml': `scripts: { 10-hello: { run: scripts/hello.sh } }\n${plan}`,
    'base/scripts/hello.sh': `#!/bin/sh\nset -- hunter2hunter2\n${script}\n`,
  };
}

async function open(these: Files): Promise<Payroll> {
  const payroll = await Payroll.open({ files: these });
  payroll.sandbox.parameters.put(REGION, '/payroll/password', 'hunter2hunter2', 'SecureString');
  return payroll;
}

function arrived({ sandbox, instance }: Payroll) {
  return sandbox.logs.events(REGION, GROUP, instance.instanceId);
}

function kept(base: string): readonly string[] {
  return readdirSync(join(base, 'state')).filter((name) => name.startsWith('output.'));
}

async function lost(citizen: Citizen): Promise<Json> {
  const { pipelines } = await citizen.json('/v1/status');
  const { entries } = (pipelines as { logs: Json }).logs as { entries: readonly { ledger: Json }[] };
  return entries[0]?.ledger['lost'] as Json;
}

it('what scripts print in a bootstrap is shipped by the daemon that comes after it: once, with its own time', async () => {
  await using payroll = await open(files());
  const base = newBase();
  const began = Date.now();
  expect(await payroll.finish({ base })).toMatchObject({ code: 0 });
  const ended = Date.now();
  expect([arrived(payroll), kept(base)]).toEqual([[], [expect.any(String)]]);

  // Nothing that a start of its own would give: the scripts have run.
  const citizen = await payroll.run({ base });
  await until(() => arrived(payroll).length > 0);
  await citizen.settles();
  expect(await citizen.agent.stop()).toBe(0);
  expect(arrived(payroll).map(({ message }) => message)).toEqual([
    'scripts.10-hello: step one',
    'scripts.10-hello: password is [redacted]',
    'scripts.10-hello stderr: step two',
  ]);
  for (const { timestamp } of arrived(payroll)) {
    expect(timestamp).toBeGreaterThanOrEqual(began);
    expect(timestamp).toBeLessThanOrEqual(ended);
  }
  expect(kept(base)).toEqual([]);
});

it('of a bootstrap that failed, too', async () => {
  await using payroll = await open(files(OUTPUT, 'echo why it fails; exit 3'));
  const base = newBase();
  const failed = await payroll.finish({ base, env: { LANDFALL_BOOT_TIMEOUT: '1s' } });
  expect(failed.code).toBe(7);
  payroll.put('base/scripts/hello.sh', '#!/bin/sh\necho healed\n');
  await payroll.run({ base });
  await until(() => arrived(payroll).some(({ message }) => message.endsWith('healed')));
  expect(arrived(payroll)[0]?.message).toBe('scripts.10-hello: why it fails');
});

it('a plan without such an entry keeps nothing', async () => {
  await using payroll = await open(files(''));
  const base = newBase();
  expect(await payroll.finish({ base })).toMatchObject({ code: 0 });
  expect(kept(base)).toEqual([]);
});

it('a script that prints without end: what fits is kept, the rest is counted by the daemon', async () => {
  const script = `i=0; while [ $i -lt 40 ]; do head -c 500000 /dev/zero | tr '\\0' x | fold -w 999; echo; i=$((i+1)); done`;
  await using payroll = await open(files(OUTPUT, script));
  const base = newBase();
  expect(await payroll.finish({ base })).toMatchObject({ code: 0 });
  const citizen = await payroll.run({ base });
  await until(() => kept(base).length === 0);
  const { spoolFull } = (await lost(citizen)) as { spoolFull?: { events: number; bytes: number } };
  const there = arrived(payroll).length;
  console.log(`${there} lines arrived, ${JSON.stringify(spoolFull)} lost`);
  expect(there + (spoolFull?.events ?? 0)).toBe(40 * 501);
});

it('the first plan that ships output ships what its own scripts print', async () => {
  await using payroll = await open(files(''));
  const citizen = await payroll.run();
  for (const [path, text] of Object.entries(files(OUTPUT, 'echo of the new plan'))) payroll.put(path, text);
  await citizen.settles();
  await until(() => arrived(payroll).length > 0);
  expect(arrived(payroll).map(({ message }) => message)).toEqual(['scripts.10-hello: of the new plan']);
});

it('what a shutdown hook says while CloudWatch is away is sent by the next start', async () => {
  const plan = `hooks: { shutdown: ["echo farewell"] }\nlogs: { boot: { output: true, group: "${GROUP}" } }\n`;
  await using site = await DepartingSite.open(plan);
  const { faults } = site.payroll.sandbox;
  const citizen = await site.run();
  const away = faults.add({ service: 'logs', effect: 'reset' });
  site.interrupt(8);
  await until(() => citizen.agent.stderr.includes('logs are held back'));
  expect(await citizen.agent.stop()).toBe(0);
  faults.remove(away);
  await site.run();
  await until(() => site.shipped(GROUP).length > 0);
  expect(site.shipped(GROUP)).toEqual([expect.stringContaining('farewell')]);
});

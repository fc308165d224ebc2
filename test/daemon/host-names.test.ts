import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isoTime } from '#kit/iso-time.ts';
import { daemonBench, type DaemonBench } from '../support/daemon-bench.ts';
import { finish } from '../support/patience.ts';
import { valueOf } from '../support/fetching.ts';
import { isPrinted, shownIn } from '../support/shown-output.ts';

const EXAMPLE = 'examples/hosts/base';
const THEIRS = '127.0.0.1 localhost\n10.9.9.9 theirs\n';

async function bench(): Promise<DaemonBench> {
  const made = await daemonBench();
  for (const name of ['plan.yaml', 'app.properties'])
    made.put(`base/${name}`, readFileSync(`${EXAMPLE}/${name}`, 'utf8'));
  writeFileSync(made.hostsFile, THEIRS);
  return made;
}
const textOf = ({ hostsFile }: DaemonBench): string => readFileSync(hostsFile, 'utf8');

it('examples/hosts: names stand in the file and in status, and the one of the rehearsal goes by itself', async () => {
  const on = await bench();
  const daemon = await on.daemon();
  valueOf(await finish(on.clock, daemon.booted));
  const file = textOf(on);
  expect(file.startsWith(THEIRS)).toBe(true);
  const [shown] = shownIn('docs/hosts.md', readFileSync('docs/hosts.md', 'utf8'));
  const printed = file.replaceAll(/landfall [0-9a-f]{8}-[0-9a-f]{8}/g, 'landfall 5f3a9c21-d0ab17c2');
  expect(isPrinted(shown?.lines ?? [], printed)).toBe(true);
  expect(daemon.status()['hosts']).toEqual([
    {
      name: 'db.payroll.internal',
      aliases: ['db'],
      address: '10.0.1.7',
      until: '2026-12-24T18:00:00.000Z',
      expired: false,
    },
    { name: 'ntp.payroll.internal', aliases: [], address: '10.0.0.9', until: null, expired: false },
  ]);
  const soon = isoTime(on.clock.now() + 60_000).replace(/\.\d+/, '');
  on.put(
    'base/plan.yaml',
    readFileSync(`${EXAMPLE}/plan.yaml`, 'utf8').replace('2026-12-24T18:00:00Z', soon),
  );
  valueOf(await finish(on.clock, daemon.refresh()));
  expect(textOf(on)).toContain('db.payroll.internal');
  await on.clock.advance(70_000);
  await on.logged('host names have expired');
  expect(textOf(on)).not.toContain('db.payroll.internal');
  expect(textOf(on)).toContain('ntp.payroll.internal');
});

it('a plan that asks for none takes back those of before, also after a restart', async () => {
  const on = await bench();
  const first = await on.daemon();
  valueOf(await finish(on.clock, first.booted));
  await first.close(1000);
  on.put('base/plan.yaml', 'require: [db.host]\n');
  const second = await on.daemon();
  valueOf(await finish(on.clock, second.booted));
  expect(textOf(on)).toBe(THEIRS);
});

it('a generation that fails after the names leaves those of before', async () => {
  const on = await bench();
  const daemon = await on.daemon();
  valueOf(await finish(on.clock, daemon.booted));
  const before = textOf(on);
  on.put('base/plan.yaml', 'hosts: { x: { address: 10.0.0.1 } }\nhooks: { configure: ["exit 1"] }\n');
  expect((await finish(on.clock, daemon.refresh())).kind).not.toBe('ok');
  expect(textOf(on)).toBe(before);
});

it('a name of another region is refused by the guard, unless it is allowed by its key', async () => {
  const on = await bench();
  const host = 'db.abc.us-east-1.rds.amazonaws.com';
  const plan = `hosts: { ${host}: { address: 10.0.1.7 } }\n`;
  on.put('base/plan.yaml', plan);
  const daemon = await on.daemon();
  await on.logged('LF_REGION_FOREIGN base/plan.yaml 1');
  expect(textOf(on)).toBe(THEIRS);
  on.put(
    'base/plan.yaml',
    `${plan}guard: { allow: [{ key: "plan.hosts.*", region: us-east-1, reason: rehearsal }] }\n`,
  );
  valueOf(await finish(on.clock, daemon.refresh()));
  expect(textOf(on)).toContain(`10.0.1.7\t${host} # landfall `);
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { Payroll } from './payroll.ts';

const THEIRS = '127.0.0.1 localhost\n';

it('host names are there for who resolves, outlive a kill, and do not come along into another region', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-hosts-'));
  const hosts = join(folder, 'hosts');
  const text = (): string => readFileSync(hosts, 'utf8');
  writeFileSync(hosts, THEIRS);
  const payroll = await Payroll.open({
    files: {
      'base/app.properties': 'a=1\n',
      'base/plan.yaml': [
        'hosts: { db.internal: { address: 10.0.1.7, aliases: [db], until: 2036-12-24T18:00:00Z } }',
        '',
      ].join('\n'),
    },
  });
  onTestFinished(async () => {
    await payroll[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  const env = { LANDFALL_HOSTS_FILE: hosts };
  const first = await payroll.run({ env });
  expect(text()).toMatch(/^127\.0\.0\.1 localhost\n10\.0\.1\.7\tdb\.internal db # landfall [^\n]+\n$/);
  expect((await first.cli('status')).stdout).toContain(
    'db.internal db at 10.0.1.7, until 2036-12-24T18:00:00.000Z',
  );
  await first.kill();
  // Somebody edits it while the agent is down.
  writeFileSync(hosts, `10.9.9.9 theirs\n${text()}`);

  const elsewhere = await payroll.sandbox.addInstance({
    region: 'us-east-1',
    instanceId: 'i-0b1700000000000bb',
  });
  const moved = payroll.restart(first, { imdsUrl: elsewhere.imdsUrl, env });
  while (text().includes('db.internal')) await sleep(5);
  expect(text()).toBe(`10.9.9.9 theirs\n${THEIRS}`);
  const told = `"path":"${hosts}","kind":"lines","reason":"foreign","action":"purged"`;
  while (!moved.agent.stderr.includes(told)) await sleep(5);
  await moved.kill();

  await payroll.restart(first, { env }).ready();
  expect(text()).toContain('db.internal');
});

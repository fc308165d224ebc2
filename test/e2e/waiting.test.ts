import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { DepartingSite, until } from './departing-site.ts';

it('readyz and status say which script a boot waits for, for how long and until when', async () => {
  const plan = 'scripts: { 10-base: { run: scripts/base.sh, timeout: 5m } }\n';
  const script = '#!/bin/sh\ntouch TRACES/begun\nuntil test -e TRACES/go; do sleep 0.1; done\n';
  await using site = await DepartingSite.open(plan, { 'base/scripts/base.sh': script });
  const citizen = site.payroll.start({ base: site.base });
  const at = /scripts for \S+, scripts\.10-base for \S+, until \S+Z at the latest/;
  const { text } = await citizen.until('/readyz', (answer) => at.test(answer.text));
  expect(text).toContain('the first generation is being applied');
  const status = await citizen.json('/v1/status');
  expect([status['ready'], status['activity']]).toEqual([
    false,
    [
      expect.objectContaining({ name: 'scripts', until: null }),
      expect.objectContaining({ name: 'scripts.10-base', until: expect.any(String) as string }),
    ],
  ]);
  expect((await citizen.cli('status')).stdout).toMatch(/at +scripts\.10-base for \S+, until/);
  writeFileSync(join(site.folder, 'go'), '');
  await citizen.ready();
  expect((await citizen.json('/v1/status'))['activity']).toEqual([]);
});

it('the log says once why a boot waits, not with each try', async () => {
  await using site = await DepartingSite.open('{}\n');
  site.payroll.sandbox.faults.add({ service: 'imds', effect: 'reset' });
  const citizen = site.payroll.start({ base: site.base });
  const { requests } = site.payroll.sandbox;
  const asked = (): number => requests.entries.filter(({ service }) => service === 'imds').length;
  await until(
    () => asked() > 8,
    () => citizen.agent.stderr,
  );
  await sleep(100);
  expect(citizen.agent.stderr.match(/not ready/g)).toHaveLength(1);
});

it('landfall plan goes on past a step that cannot say what it would do, and ends with its code', async () => {
  const plan = `
init: { app: { document: files/init.json } }
files: { motd: { content: "hello", target: TRACES/motd } }
hooks: { configure: ['true'] }
`;
  await using site = await DepartingSite.open(plan, { 'base/files/init.json': '{"config":{"comands":{}}}' });
  const { code, stdout, stderr } = await site.payroll.finish({ base: site.base, args: ['plan'] });
  expect([code, stdout]).toEqual([5, expect.stringMatching(/files\.motd[^]*hooks\.configure/)]);
  expect(stderr).toContain('LF_INIT_INVALID');
});

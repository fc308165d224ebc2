import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { Payroll } from './payroll.ts';

const isRoot = process.geteuid?.() === 0;
it('the memory of a daemon is in no core dump', async () => {
  await using payroll = await Payroll.open();
  const citizen = await payroll.run();
  expect(readFileSync(`/proc/${citizen.agent.pid}/coredump_filter`, 'utf8').trim()).toBe('00000000');
});

// Who may do less than a process cannot read it anyway: the mark keeps its equals out, such as a script of the plan.
it.skipIf(!isRoot)('a process that may do as much as the daemon cannot read it', async () => {
  const capabilities = '-sys_ptrace,-sys_admin,-perfmon';
  const wrapper = [
    '/usr/bin/setpriv',
    '--bounding-set',
    capabilities,
    '--inh-caps',
    capabilities,
    '--',
  ] as const;
  const [setpriv, ...less] = wrapper;
  const isReadable = (pid: number): boolean =>
    spawnSync(setpriv, [...less, '/bin/cat', `/proc/${pid}/environ`]).status === 0;
  await using payroll = await Payroll.open();
  const citizen = await payroll.run({ wrapper });
  const other = spawn(setpriv, [...less, '/bin/sleep', '60']);
  try {
    await vi.waitUntil(() => isReadable(other.pid ?? 0), 5000);
    expect(isReadable(citizen.agent.pid)).toBe(false);
  } finally {
    other.kill();
  }
});

import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { oracle } from '../support/oracle.ts';
import type { Finished } from '../../scripts/sandbox/programs/agent-process.ts';
import { newBase } from './citizen.ts';
import { until } from './departing-site.ts';
import { DnfMachine, type Offer } from './dnf-machine.ts';
import { NO_MACHINE } from './example-machine.ts';
import { Payroll, REGION } from './payroll.ts';

const found = oracle('dnf');
beforeEach(({ skip }) => {
  if ('missing' in found) skip(found.missing);
  if (NO_MACHINE !== undefined) skip(NO_MACHINE);
});

const OFFERS: readonly Offer[] = [
  { name: 'payroll', version: '1.9', more: 'Requires: payroll-tools' },
  { name: 'payroll', version: '1.10', more: 'Requires: payroll-tools' },
  { name: 'payroll-tools', version: '3', more: 'Provides: paytool' },
  { name: 'grouped', version: '1' },
  { name: 'epochal', version: '2', more: 'Epoch: 1' },
  // No package of this root provides the shell.
  { name: 'slow', version: '1', more: 'Provides: /bin/sh\n%post\ntouch /root/holds\nsleep 4' },
];

const folder = 'missing' in found ? '' : found.folder;
let model: DnfMachine;
beforeAll(() => {
  model = new DnfMachine(folder);
  if (folder !== '' && NO_MACHINE === undefined) model.offer(OFFERS, { desk: 'grouped' });
});
afterAll(() => model[Symbol.dispose]());

/** A machine that is booted with one document after the other. */
async function site() {
  const machine = new DnfMachine(folder, model);
  const base = newBase();
  const files = { 'base/app.properties': 'a=1\n', 'base/plan.yaml': 'init: init.json\n' };
  const payroll = await Payroll.open({ files });
  onTestFinished(async () => {
    await payroll[Symbol.asyncDispose]();
    machine[Symbol.dispose]();
    rmSync(base, { recursive: true, force: true });
  });
  const boot = (packages: object, wrapper = machine.wrapper): Promise<Finished> => {
    payroll.put('base/init.json', JSON.stringify({ config: { packages } }));
    return payroll.finish({ base, wrapper });
  };
  const transactions = (): string => machine.sh('dnf -q history list | wc -l');
  return { machine, payroll, boot, transactions };
}

it('a real dnf installs what is missing, goes to the version that is asked for, and leaves alone what is there', async () => {
  const { machine, boot, transactions } = await site();
  expect(await boot({ dnf: { payroll: ['1.9'] } })).toMatchObject({ code: 0 });
  expect(machine.installed).toEqual(['payroll-1.9', 'payroll-tools-3']);
  const before = transactions();
  expect(await boot({ dnf: { payroll: [], 'payroll-tools': ['3'] } })).toMatchObject({ code: 0 });
  expect(transactions()).toBe(before);
  expect(await boot({ dnf: { payroll: ['1.10', '1.9'] } })).toMatchObject({ code: 0 });
  expect(machine.installed).toEqual(['payroll-1.10', 'payroll-tools-3']);
  expect(await boot({ dnf: { payroll: ['1.9'] } })).toMatchObject({ code: 0 });
  expect(machine.installed).toEqual(['payroll-1.9', 'payroll-tools-3']);
});

it('it knows packages by what they provide, by architecture, epoch, file and group', async () => {
  const { machine, boot, transactions } = await site();
  const names = { paytool: [], 'payroll.noarch': [], epochal: ['1:2'], '/opt/grouped': [] };
  const ended = await boot({ dnf: { ...names, '@desk': [] } });
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(machine.installed).toEqual(['epochal-2', 'grouped-1', 'payroll-1.10', 'payroll-tools-3']);
  const before = transactions();
  expect(await boot({ dnf: names })).toMatchObject({ code: 0 });
  expect(transactions()).toBe(before);
});

it('what no repository has fails with its words, and nothing of that transaction is installed', async () => {
  const { machine, boot } = await site();
  const ended = await boot({ dnf: { payroll: [], nosuch: [] } });
  expect(ended.code).toBe(7);
  expect(ended.stderr).toContain('Unable to find a match: nosuch');
  expect(machine.installed).toEqual([]);
});

it('another dnf at work is waited for', async () => {
  const { machine, boot } = await site();
  const beside = machine.start('exec dnf -y install slow');
  await until(() => machine.has('/root/holds'));
  const ended = await boot({ dnf: { payroll: [] } }, beside);
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(machine.installed).toEqual(['payroll-1.10', 'payroll-tools-3', 'slow-1']);
});

it('an rpm of the region’s bucket is installed by rpm itself', async () => {
  const { machine, payroll, boot } = await site();
  payroll.put('tools.rpm', machine.file('payroll-tools-3-1.noarch.rpm'));
  const url = `s3://acme-config-${REGION}/payroll/tools.rpm`;
  const ended = await boot({ rpm: { tools: url }, dnf: { payroll: ['1.9'] } });
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(machine.installed).toEqual(['payroll-1.9', 'payroll-tools-3']);
});

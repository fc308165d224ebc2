import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { oracle } from '../support/oracle.ts';
import { newBase } from './citizen.ts';
import { Machine, NO_MACHINE } from './example-machine.ts';
import { Payroll } from './payroll.ts';

const found = oracle('consul-template');
beforeEach(({ skip }) => {
  if ('missing' in found) skip(found.missing);
  if (NO_MACHINE !== undefined) skip(NO_MACHINE);
});

const BEFORE = `
  cd /opt; echo old | tee kept given closed >/dev/null; printf '# same\\nlimit=10\\n' >same
  chmod 0604 kept; chmod 0600 given closed; chown daemon:mail kept given closed`;

/** Targets as they may be found, with the mode that is asked for. */
const TARGETS: Readonly<Record<string, { readonly target: string; readonly mode?: string }>> = {
  new: { target: '/opt/deep/er/new' },
  program: { target: '/opt/deep/program', mode: '0755' },
  kept: { target: '/opt/kept' },
  given: { target: '/opt/given', mode: '0640' },
  closed: { target: '/opt/closed' },
  same: { target: '/opt/same', mode: '0644' },
};

/** The limit at each of three runs. */
const LIMITS = ['10', '10', '11'];

function machine(): Machine {
  const made = new Machine([]);
  onTestFinished(() => made[Symbol.dispose]());
  const [unshare = '', ...wrapper] = made.wrapper;
  const { status, stderr } = spawnSync(unshare, [...wrapper, 'sh', '-euc', BEFORE], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return made;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'landfall-consul-template-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Without a network: values come from its environment. */
function byConsulTemplate(program: string): Readonly<Record<string, string>> {
  const on = machine();
  const config = join(folder(), 'config.json');
  const template = Object.entries(TARGETS).map(([name, { target, mode }]) => ({
    contents: `# ${name}\nlimit={{ env "LIMIT" }}\n`,
    destination: target,
    command: `echo ${name} >>/srv/reloads`,
    ...(mode === undefined ? {} : { perms: mode }),
  }));
  writeFileSync(config, JSON.stringify({ template }));
  const [unshare = '', ...wrapper] = on.wrapper;
  for (const LIMIT of LIMITS) {
    const argv = ['--net', ...wrapper, program, '-once', '-config', config];
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LIMIT };
    const { status, stderr } = spawnSync(unshare, argv, { env, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
  }
  return comparable(on);
}

async function byLandfall(): Promise<Readonly<Record<string, string>>> {
  const on = machine();
  const base = newBase();
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const lines = Object.entries(TARGETS).map(([name, { target, mode }]) => {
    const entry = { source: name, target, reload: `echo ${name} >>/srv/reloads`, ...(mode && { mode }) };
    return `  ${name}: ${JSON.stringify(entry)}\n`;
  });
  const files = { 'base/plan.yaml': `templates:\n${lines.join('')}` };
  await using payroll = await Payroll.open({ files });
  for (const name of Object.keys(TARGETS)) payroll.put(`base/${name}`, `# ${name}\nlimit={{ limit }}\n`);
  for (const limit of LIMITS) {
    payroll.put('base/app.properties', `limit=${limit}\n`);
    const ended = await payroll.finish({ base, wrapper: on.wrapper });
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
  }
  return comparable(on);
}

/** Each reload is a line of its own: consul-template has an order that differs from run to run. */
function comparable(on: Machine): Readonly<Record<string, string>> {
  const tree = [...on.tree].filter(([path]) => !path.includes('landfall-registers'));
  const reloads = on.read('/srv/reloads').split('\n').toSorted().join('\n');
  return { ...Object.fromEntries(tree), '/srv/reloads': reloads };
}

it('templates become what consul-template makes of them: content, modes, owners, and who is reloaded', async () => {
  const theirs = byConsulTemplate('missing' in found ? '' : join(found.folder, 'consul-template'));
  expect(await byLandfall()).toEqual(theirs);
});

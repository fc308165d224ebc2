import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { oracle } from '../support/oracle.ts';
import { VERSION } from '../../agent/version.ts';
import { ARCHES, buildPackages, HOST, NO_PACKAGES, packageFile, PROVIDED_BY_RPMS } from './built-packages.ts';
import type { Citizen } from './citizen.ts';
import { DnfMachine } from './dnf-machine.ts';
import { Payroll, REGION } from './payroll.ts';
import { RootMachine } from './root-machine.ts';

/** What users install, with the programs that users get; the version of the second package alone is another one. */
const LATER = '99.0.0';
const SETTINGS = '/etc/landfall/agent.yaml';
const MINE = 'source: s3://acme-config-{region}/payroll\n';
const STATE = '/var/lib/landfall';
/** An emulated processor takes ten times as long. */
const PATIENCE = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'landfall-package-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const dnf = oracle('dnf');
beforeAll(() => {
  if (NO_PACKAGES === undefined) buildPackages(folder, [VERSION, LATER]);
}, 180_000);
beforeEach(({ skip }) => {
  if (NO_PACKAGES !== undefined) skip(NO_PACKAGES);
});

const fileOf = (version: string, form: 'deb' | 'rpm', arch = HOST): string =>
  packageFile(folder, version, form, arch);

/** All there is, with owner and mode, but what package managers keep for themselves, copies of lists of users, what the machine lends. */
function treeOf(machine: RootMachine): readonly string[] {
  const left =
    '/proc /dev /tmp /sys /var/lib/dpkg /var/log /var/lib/rpm /var/lib/dnf /var/cache /run/systemd'.split(
      ' ',
    );
  const pruned = [...left, '/etc/*-', '/etc/.pwd.lock'].map((path) => `-path '${path}'`).join(' -o ');
  const listed = machine.sh(`find / \\( ${pruned} \\) -prune -o -printf '%p %u:%g %m %y\\n' | sort`);
  return listed.split('\n');
}

/** An agent of the package, which keeps its state where the unit has it keep it. */
function running(payroll: Payroll, machine: Pick<RootMachine, 'wrapper'>, base?: string): Promise<Citizen> {
  const citizen = payroll.start({
    wrapper: machine.wrapper,
    program: '/usr/bin/landfall',
    env: { LANDFALL_STATE_DIR: STATE },
    ...(base === undefined ? {} : { base }),
  });
  return citizen.ready(PATIENCE);
}

/** Where a .deb of each architecture is installed: dpkg and all that it starts are of that architecture, too. */
const DEBIANS = ARCHES.map((arch) => {
  const emulated = arch !== HOST;
  const found = oracle(emulated ? `debian-${arch}` : 'debian');
  const emulator = emulated ? oracle(arch) : undefined;
  const causes = [found, emulator].flatMap((one) => (one && 'missing' in one ? [one.missing] : []));
  if (emulated && HOST !== 'x64') causes.push(`${arch} is emulated on x64 only`);
  const root = 'folder' in found ? join(found.folder, 'root') : '';
  const qemu = emulator && 'folder' in emulator ? join(emulator.folder, 'usr/bin/qemu-aarch64-static') : '';
  return { arch, obstacle: causes[0], open: () => new RootMachine(root, undefined, qemu) };
});

describe.each(DEBIANS)('the .deb of $arch, in a clean Debian', ({ arch, obstacle, open }) => {
  beforeEach(({ skip }) => {
    if (obstacle !== undefined) skip(obstacle);
    if (!existsSync(fileOf(VERSION, 'deb', arch)))
      throw new Error(`dist has no landfall of ${arch}: run \`npm run build\` first`);
  });

  it(
    'runs, keeps settings and state over upgrade, downgrade and removal, and a purge leaves nothing',
    { timeout: 420_000 },
    async () => {
      using machine = open();
      const before = treeOf(machine);
      const dpkg = (...args: readonly string[]): string =>
        machine.sh(`dpkg --force-unsafe-io --force-confold ${args.join(' ')} </dev/null`);
      const install = (version: string): void => {
        dpkg('-i', fileOf(version, 'deb', arch));
        expect(machine.sh("dpkg-query -W -f '${Version} ${Architecture} ${Status}' landfall")).toBe(
          `${version} ${arch === 'x64' ? 'amd64' : arch} install ok installed`,
        );
        expect(machine.says('systemd-analyze verify landfall.service landfall-ready.target')).toBe('');
      };
      install(VERSION);
      expect(machine.sh('landfall --version; landfall-ops')).toBe(`landfall ${VERSION}\nops`);
      // Every library that the loader finds is in a package that this one needs.
      const libraries = "ldd /usr/bin/landfall | sed -n 's:.*/\\(lib[^ ]*\\.so[^ ]*\\) .*:*/\\1:p'";
      const owners = machine.sh(`dpkg -S $(${libraries}) | cut -d: -f1 | sort -u`);
      const needed = machine.sh("dpkg-query -W -f '${Depends}' landfall");
      expect(needed.split(', ').map((one) => one.split(' ')[0])).toEqual(owners.split('\n'));
      machine.write(SETTINGS, MINE);

      const payroll = await Payroll.open({
        files: { 'base/app.properties': 'workers=2\npw=${@secret:payroll/db#password}\n' },
      });
      onTestFinished(() => payroll[Symbol.asyncDispose]());
      payroll.sandbox.secrets.put(REGION, 'payroll/db', '{"password":"sealed"}');
      const first = await running(payroll, machine);
      await first.settles();
      expect((await first.cli('doctor')).stdout).toContain(
        'no unit, drop-in or environment file names a region',
      );
      expect(await first.agent.stop()).toBe(0);

      payroll.sandbox.faults.add({ service: 's3', effect: 'reset' });
      payroll.sandbox.secrets.denied.add('payroll/db');
      for (const version of [LATER, VERSION]) {
        install(version);
        expect(machine.read(SETTINGS).toString()).toBe(MINE);
        const next = await running(payroll, machine, first.base);
        expect((await next.cli('get', 'pw')).stdout).toBe('sealed\n');
        expect(await next.json('/v1/status')).toMatchObject({ source: { servedFrom: 'last-good' } });
        expect(await next.agent.stop()).toBe(0);
      }
      await runsWithoutRoot(machine, payroll, first.base);
      dpkg('-r', 'landfall');
      expect(machine.sh(`ls ${STATE}`)).toContain('last-good.sealed');
      expect(machine.read(SETTINGS).toString()).toBe(MINE);
      dpkg('-P', 'landfall');
      expect(treeOf(machine)).toEqual(before);
    },
  );
});

/** With the drop-in of the package, and on the state that root has left, which systemd hands to the user. */
async function runsWithoutRoot(machine: RootMachine, payroll: Payroll, base: string): Promise<void> {
  expect(machine.sh('getent passwd landfall')).toMatch(
    /^landfall:x:\d+:\d+:Landfall:\/var\/lib\/landfall:\/usr\/sbin\/nologin$/,
  );
  const dropIns = '/etc/systemd/system/landfall.service.d';
  machine.sh(`mkdir ${dropIns}; ln -s /usr/share/landfall/without-root.conf ${dropIns}`);
  expect(machine.says('systemd-analyze verify landfall.service')).toBe('');
  machine.sh(`rm -r ${dropIns}; chown -R landfall:landfall ${STATE} ${base}`);
  const drop = ['setpriv', '--reuid=landfall', '--regid=landfall', '--clear-groups', '--no-new-privs'];
  const wrapper = [...machine.wrapper, ...drop, '--bounding-set=-all'];
  const citizen = await running(payroll, { wrapper }, base);
  expect((await citizen.cli('get', 'pw')).stdout).toBe('sealed\n');
  expect(machine.sh(`stat -c %U:%a ${base}/run/landfall.sock ${base}/run/token`)).toBe(
    'landfall:660\nlandfall:600',
  );
  expect(await citizen.agent.stop()).toBe(0);
}

describe('the .rpm, with a real dnf', () => {
  beforeEach(({ skip }) => {
    if ('missing' in dnf) skip(dnf.missing);
  });

  it('runs, keeps settings and state over upgrade, downgrade and removal, and leaves nothing else', () => {
    using machine = new DnfMachine('folder' in dnf ? dnf.folder : '');
    machine.offer([{ name: 'base', version: '1', more: PROVIDED_BY_RPMS }], {});
    machine.sh('dnf -yq install base');
    const before = treeOf(machine);
    for (const [how, version] of [
      ['install', VERSION],
      ['upgrade', LATER],
      ['downgrade', VERSION],
    ] as const) {
      machine.sh(`dnf -yq ${how} ${fileOf(version, 'rpm')}`);
      expect(machine.installed).toEqual(['base-1', `landfall-${version}`]);
      expect(machine.sh('landfall --version; landfall-ops')).toBe(`landfall ${VERSION}\nops`);
      if (how === 'install') {
        machine.write(SETTINGS, MINE);
        machine.write(`${STATE}/last-good.sealed`, 'sealed');
      }
      expect(machine.read(SETTINGS).toString()).toBe(MINE);
    }
    machine.sh('dnf -yq remove landfall');
    expect(machine.read(`${STATE}/last-good.sealed`).toString()).toBe('sealed');
    expect(machine.read(`${SETTINGS}.rpmsave`).toString()).toBe(MINE);
    machine.sh(`rm -r ${STATE} /etc/landfall`);
    expect(treeOf(machine)).toEqual(before);
  });
});

import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { changeLines, imageChanges } from '#scripts/ops/bake/image-changes.ts';
import { ndbOf, rpmHeaderOf } from '../../support/rpm-database.ts';
import { dpkgPackages, readInventory } from '#scripts/ops/bake/image-inventory.ts';

const { signal } = new AbortController();

function put(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function dpkg(name: string, version: string, status = 'install ok installed'): string {
  return `Package: ${name}\nStatus: ${status}\nArchitecture: amd64\nVersion: ${version}\nDescription: a\n b\n`;
}

it('tells which packages, users, units and files came, went and became others', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-changes-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [before, now] = [join(folder, 'before'), join(folder, 'now')];
  put(before, {
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nold:x:1:1::/:/bin/sh\n',
    'var/lib/dpkg/status': [dpkg('openssl', '3.0.14-1'), dpkg('gone', '1')].join('\n'),
    'etc/systemd/system/a.service': 'a',
    'etc/kept': 'same',
    'etc/mode': 'same',
    'var/log/syslog': 'one',
  });
  cpSync(before, now, { recursive: true });
  put(now, {
    'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\npay:x:2:2::/:/bin/sh\n',
    'var/lib/dpkg/status': [dpkg('openssl', '3.0.15-1'), dpkg('java', '21')].join('\n'),
    'etc/systemd/system/b.service': 'b',
    'opt/payroll.jar': 'jar',
    'var/log/syslog': 'two',
  });
  chmodSync(join(now, 'etc/mode'), 0o4755);
  symlinkSync('/nowhere', join(now, 'etc/link'));
  rmSync(join(now, 'etc/systemd/system/a.service'));

  const changes = imageChanges(
    'before',
    await readInventory(before, signal),
    await readInventory(now, signal),
  );
  expect(changes).toEqual({
    against: 'before',
    packages: {
      added: ['java:amd64'],
      removed: ['gone:amd64'],
      changed: ['openssl:amd64 3.0.14-1 -> 3.0.15-1'],
    },
    users: { added: ['pay'], removed: ['old'], changed: ['root'] },
    units: {
      added: ['/etc/systemd/system/b.service'],
      removed: ['/etc/systemd/system/a.service'],
      changed: [],
    },
    files: {
      added: ['/etc/link', '/opt/payroll.jar'],
      removed: [],
      changed: ['/etc/mode', '/etc/passwd', '/var/lib/dpkg/status'],
    },
  });
  expect(changeLines(changes)[0]).toBe('packages: 1 added, 1 removed, 1 changed');
});

function header(name: string, version: string): Buffer {
  return rpmHeaderOf({ name, version, release: '1', architecture: 'x86_64', files: [] });
}

it('compares packages of rpm, with all versions of what is there several times', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-changes-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const packages = async (name: string, headers: readonly Buffer[]) => {
    const root = join(folder, name);
    put(root, { 'etc/passwd': '' });
    mkdirSync(join(root, 'usr/lib/sysimage/rpm'), { recursive: true });
    writeFileSync(join(root, 'usr/lib/sysimage/rpm/Packages.db'), ndbOf([...headers]));
    return await readInventory(root, signal);
  };
  const before = await packages('before', [header('kernel', '5'), header('curl', '7'), header('gone', '1')]);
  const now = await packages('now', [header('kernel', '5'), header('kernel', '6'), header('curl', '8')]);
  expect(imageChanges('ami-0ba5e', before, now).packages).toEqual({
    added: [],
    removed: ['gone.x86_64'],
    changed: ['curl.x86_64 7-1 -> 8-1', 'kernel.x86_64 5-1 -> 5-1, 6-1'],
  });
});

it('reads nothing of this machine to which links of an image lead, and waits for no pipe', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-changes-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  put(join(folder, 'outside'), { status: dpkg('host', '1'), 'Packages.db': '' });
  writeFileSync(
    join(folder, 'outside/Packages.db'),
    ndbOf([rpmHeaderOf({ name: 'host', version: '1', release: '1', files: [] })]),
  );
  const root = join(folder, 'image');
  put(root, { 'var/lib/dpkg/kept': '' });
  symlinkSync(join(folder, 'outside/status'), join(root, 'var/lib/dpkg/status'));
  symlinkSync(join(folder, 'outside'), join(root, 'var/lib/rpm'));
  mkdirSync(join(root, 'etc'));
  execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(root, 'etc/passwd')]);
  const { packages, users } = await readInventory(root, signal);
  expect([packages.size, users.size]).toEqual([0, 0]);
});

it('takes a package that only left its configuration for none', () => {
  expect([...dpkgPackages(dpkg('a', '1', 'deinstall ok config-files'))]).toEqual([]);
});

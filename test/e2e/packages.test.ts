import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findProgram } from '#scripts/bench/program.ts';
import { makePackages } from '#scripts/build/packages.ts';
import { oracle, whyMissing } from '../support/oracle.ts';
import { describeUnless } from '../support/unless.ts';

const nfpm = process.env['NFPM'] ?? findProgram('nfpm');
const NO_NFPM = whyMissing('nfpm');
const folder = mkdtempSync(join(tmpdir(), 'landfall-packages-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What matters of a program here is that it is one: the real ones take a minute to pack. */
const STAND_IN = '#!/bin/sh\necho "$0 $*"\n';

/** Packages of a version whose programs say so. */
function packaged(version: string): string {
  const dist = join(folder, `dist-${version}`);
  mkdirSync(dist);
  for (const name of ['landfall', 'landfall-ops']) {
    writeFileSync(join(dist, name), `${STAND_IN}# ${version}\n`, { mode: 0o755 });
    writeFileSync(join(dist, `${name}-arm64`), `${STAND_IN}# arm64\n`, { mode: 0o755 });
    writeFileSync(join(dist, `${name}.cdx.json`), '{}\n');
  }
  writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.txt'), 'none\n');
  const output = join(folder, version);
  makePackages({ root: resolve('.'), dist, output, version, nfpm, host: 'x64' });
  return output;
}

const PLACES = [
  'usr/bin/landfall',
  'usr/bin/landfall-ops',
  'usr/lib/systemd/system/landfall.service',
  'usr/lib/systemd/system/landfall-ready.target',
  'usr/share/man/man1/landfall.1.gz',
  'usr/share/bash-completion/completions/landfall-ops',
  'etc/landfall/agent.yaml',
];
const SETTINGS = 'etc/landfall/agent.yaml';
const STATE = 'var/lib/landfall/last-good';

beforeAll(() => {
  for (const version of ['1.0.0', '1.1.0']) packaged(version);
});

it('a tarball is what is unpacked over /, the same each time, and SHA256SUMS knows it', () => {
  const tarball = join(folder, '1.0.0', 'landfall-1.0.0-linux-x86_64.tar.gz');
  const root = join(folder, 'unpacked');
  mkdirSync(root);
  execFileSync('tar', ['-xzf', tarball, '-C', root, '--strip-components=1']);
  for (const place of PLACES) expect(existsSync(join(root, place)), place).toBe(true);
  expect(readFileSync(join(root, 'usr/lib/systemd/system/landfall.service'), 'utf8')).toContain(
    'ExecStart=/usr/bin/landfall run',
  );
  const sums = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], {
    cwd: join(folder, '1.0.0'),
    encoding: 'utf8',
  });
  expect(sums).toContain('landfall-1.0.0-linux-x86_64.tar.gz: OK');
  const before = readFileSync(tarball);
  rmSync(join(folder, 'dist-1.0.0'), { recursive: true });
  packaged('1.0.0');
  expect(readFileSync(tarball).equals(before)).toBe(true);
});

describeUnless(nfpm === undefined ? NO_NFPM : undefined, 'packages of the other architecture', () => {
  it('say so in the words of dpkg and rpm, and have its programs', () => {
    const name = join(folder, '1.0.0', 'landfall-1.0.0-linux-aarch64');
    expect(sh('dpkg-deb', ['-f', `${name}.deb`, 'Architecture'])).toBe('arm64\n');
    const unpacked = join(folder, 'arm64');
    sh('dpkg-deb', ['-x', `${name}.deb`, unpacked]);
    expect(readFileSync(join(unpacked, 'usr/bin/landfall'), 'utf8')).toContain('# arm64');
    expect(
      sh('tar', ['-xOzf', `${name}.tar.gz`, 'landfall-1.0.0-linux-aarch64/usr/bin/landfall-ops']),
    ).toContain('# arm64');
  });

  it('are those of the plain names where an arm64 machine built them', () => {
    const dist = join(folder, 'dist-1.1.0');
    const output = join(folder, 'on-arm64');
    const names = makePackages({
      root: resolve('.'),
      dist,
      output,
      version: '1',
      nfpm,
      host: 'arm64',
      uncompressed: true,
    });
    expect(names.filter((name) => name.endsWith('.deb'))).toEqual(['landfall-1-linux-aarch64.deb']);
    expect(sh('dpkg-deb', ['-f', join(output, names[0] ?? ''), 'Architecture'])).toBe('arm64\n');
  });
});

interface Machine {
  install(version: string): void;
  remove(): void;
}

/** The life of a package, as people lead it: settings and state outlive all but a purge. */
function lives(root: string, machine: Machine): void {
  const write = (path: string, text: string): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  machine.install('1.0.0');
  expect(read('asked')).toBe('daemon-reload\n');
  for (const place of PLACES) expect(existsSync(join(root, place)), place).toBe(true);
  write(SETTINGS, 'source: s3://mine/payroll\n');
  write(STATE, 'sealed');
  machine.install('1.1.0');
  expect(read('usr/bin/landfall')).toContain('# 1.1.0');
  expect([read(SETTINGS), read(STATE)]).toEqual(['source: s3://mine/payroll\n', 'sealed']);
  machine.install('1.0.0');
  expect(read('usr/bin/landfall')).toContain('# 1.0.0');
  expect([read(SETTINGS), read(STATE)]).toEqual(['source: s3://mine/payroll\n', 'sealed']);
  // Nobody waits for a start, which takes as long as a configuration does, and a first install starts nothing.
  const asked = [...new Set(read('asked').split('\n'))];
  expect(asked).toEqual(['daemon-reload', '--no-block try-restart landfall.service', '']);
  machine.remove();
  expect(read('asked')).toContain('disable --now landfall.service\n');
  for (const place of PLACES.filter((one) => one !== SETTINGS))
    expect(existsSync(join(root, place)), place).toBe(false);
  expect(read(STATE)).toBe('sealed');
}

const isRoot = process.geteuid?.() === 0;
const NO_DPKG = nfpm === undefined ? NO_NFPM : isRoot ? undefined : 'chroot takes root';

describeUnless(
  findProgram('dpkg') ? NO_DPKG : 'dpkg is missing',
  'the .deb, in a root with nothing but a shell',
  () => {
    it('is installed, upgraded, downgraded, removed and purged', () => {
      const root = join(folder, 'debian');
      for (const path of ['var/lib/dpkg/info', 'var/lib/dpkg/updates', 'etc', 'tmp', 'bin'])
        mkdirSync(join(root, path), { recursive: true });
      writeFileSync(join(root, 'var/lib/dpkg/status'), '');
      writeFileSync(join(root, 'var/lib/dpkg/available'), '');
      withShell(root);
      const dpkg = (...args: readonly string[]): string =>
        sh('dpkg', ['--root', root, '--force-depends', '--force-confold', '--log=/dev/null', ...args]);
      const machine: Machine = {
        install: (version) => void dpkg('-i', join(folder, version, `landfall-${version}-linux-x86_64.deb`)),
        remove: () => void dpkg('-r', 'landfall'),
      };
      lives(root, machine);
      expect(readFileSync(join(root, SETTINGS), 'utf8')).toContain('mine');
      dpkg('-P', 'landfall');
      for (const path of ['etc/landfall', 'var/lib/landfall'])
        expect(existsSync(join(root, path)), path).toBe(false);
    });
  },
);

const dnf = oracle('dnf');
const NO_RPM = nfpm === undefined ? NO_NFPM : 'missing' in dnf ? dnf.missing : undefined;

describeUnless(isRoot ? NO_RPM : 'chroot takes root', 'the .rpm, with the rpm of the oracle', () => {
  it('is installed, upgraded, downgraded and erased', () => {
    const tools = 'folder' in dnf ? join(dnf.folder, 'root') : '';
    const root = join(folder, 'rpm');
    mkdirSync(join(root, 'bin'), { recursive: true });
    mkdirSync(join(root, 'tmp'));
    withShell(root);
    const rpm = (...args: readonly string[]): string => {
      // rpm of the oracle's own libraries, and a root beside it: a package of glibc is not in there.
      const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map((path) => join(tools, path));
      return sh(join(tools, 'usr/bin/rpm'), args, {
        LD_LIBRARY_PATH: libraries.join(':'),
        RPM_CONFIGDIR: join(tools, 'usr/lib/rpm'),
      });
    };
    const within = (...args: readonly string[]): string =>
      rpm('--root', root, '--nodeps', '--nosignature', ...args);
    const other = join(folder, '1.0.0/landfall-1.0.0-linux-aarch64.rpm');
    expect(rpm('-qp', '--nosignature', '--qf', '%{ARCH}', other)).toBe('aarch64');
    const machine: Machine = {
      install: (version) =>
        void within('-U', '--oldpackage', join(folder, version, `landfall-${version}-linux-x86_64.rpm`)),
      remove: () => void within('-e', 'landfall'),
    };
    lives(root, machine);
    expect(readFileSync(join(root, `${SETTINGS}.rpmsave`), 'utf8')).toContain('mine');
  });
});

/** The shell of this machine, with its libraries: maintainer scripts need no more. */
function withShell(root: string): void {
  for (const program of ['/bin/sh', '/bin/rm']) {
    const listed = execFileSync('ldd', [program], { encoding: 'utf8' });
    const libraries = [...listed.matchAll(/(\/\S+)/g)].map(([, path = '']) => path);
    for (const file of [program, ...libraries]) {
      mkdirSync(join(root, file, '..'), { recursive: true });
      copyFileSync(file, join(root, file));
    }
  }
  // A manager that runs and answers nobody: no reason to leave a package half installed.
  mkdirSync(join(root, 'run/systemd/system'), { recursive: true });
  writeFileSync(join(root, 'bin/systemctl'), '#!/bin/sh\necho "$*" >>/asked\nexit 1\n', { mode: 0o755 });
}

function sh(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const ran = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, ...env } });
  if (ran.status !== 0)
    throw new Error(`${program} ${args.join(' ')}: ${ran.status} ${ran.stdout}${ran.stderr}`);
  return ran.stdout;
}

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Arch } from './runtime.ts';
import { nfpmConfig, packageContents, PROGRAMS, type PackagedFile } from './package-contents.ts';

export interface PackagesRequest {
  readonly root: string;
  /** What `npm run build` made. */
  readonly dist: string;
  readonly output: string;
  readonly version: string;
  /** Undefined: tarballs alone. */
  readonly nfpm: string | undefined;
  /** Whose programs have the plain names in `dist`: those of the machine that built them. */
  readonly host: Arch;
  /** .deb and .rpm alone, compressed as little as they can be. */
  readonly uncompressed?: true;
  /** File of a secret key of GnuPG, with which .deb and .rpm are signed; its passphrase is in NFPM_PASSPHRASE. */
  readonly gpgKey?: string | undefined;
}

const ARCHES = [
  { name: 'x64', go: 'amd64', linux: 'x86_64' },
  { name: 'arm64', go: 'arm64', linux: 'aarch64' },
] as const;

/** Packages of each architecture whose programs are there, with their bills of materials and one file of digests. Gives their names. */
export function makePackages(request: PackagesRequest): readonly string[] {
  const { root, dist, output, version, nfpm, host, uncompressed = false, gpgKey } = request;
  rmSync(output, { recursive: true, force: true });
  const made = join(output, 'made');
  mkdirSync(made, { recursive: true });
  makeTexts(root, dist, made);
  const names: string[] = [];
  for (const { name: arch, go, linux } of ARCHES) {
    const suffix = arch === host ? '' : `-${arch}`;
    const programs = Object.fromEntries(PROGRAMS.map((name) => [name, join(dist, `${name}${suffix}`)]));
    if (!Object.values(programs).every((program) => existsSync(program))) continue;
    const files = packageContents(made, programs, join(dist, 'THIRD-PARTY-NOTICES.txt'));
    if (!uncompressed) names.push(makeTarball(root, output, `landfall-${version}-linux-${linux}`, files));
    if (nfpm === undefined) continue;
    const config = join(made, `nfpm-${go}.json`);
    writeFileSync(config, nfpmConfig(files, { version, arch: go, uncompressed, gpgKey }));
    for (const form of ['deb', 'rpm']) {
      const name = `landfall-${version}-linux-${linux}.${form}`;
      const args = ['package', '--config', config, '--packager', form, '--target', join(output, name)];
      execFileSync(nfpm, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
      names.push(name);
    }
  }
  for (const name of PROGRAMS) {
    const bill = `${name}-${version}.cdx.json`;
    copyFileSync(join(dist, `${name}.cdx.json`), join(output, bill));
    names.push(bill);
  }
  rmSync(made, { recursive: true });
  const digest = (name: string): string =>
    createHash('sha256')
      .update(readFileSync(join(output, name)))
      .digest('hex');
  writeFileSync(join(output, 'SHA256SUMS'), names.map((name) => `${digest(name)}  ${name}\n`).join(''));
  return names;
}

/** What the programs print of themselves, and the unit with the place where a package has the agent. */
function makeTexts(root: string, dist: string, made: string): void {
  for (const name of PROGRAMS) {
    const printed = (...args: readonly string[]): string =>
      execFileSync(join(dist, name), args, { encoding: 'utf8' });
    writeFileSync(join(made, `${name}.1.gz`), gzipSync(printed('manual'), { level: 9 }));
    for (const shell of ['bash', 'zsh', 'fish'])
      writeFileSync(join(made, `${name}.${shell}`), printed('completion', shell));
  }
  const unit = readFileSync(join(root, 'userdata/landfall.service'), 'utf8');
  writeFileSync(
    join(made, 'landfall.service'),
    unit.replaceAll('/usr/local/bin/landfall', '/usr/bin/landfall'),
  );
}

/** As a package lays it out, below one folder; whoever unpacks it over / has the same. */
function makeTarball(root: string, output: string, name: string, files: readonly PackagedFile[]): string {
  const folder = join(output, 'made', name);
  for (const { from, to, mode } of files) {
    const target = join(folder, to);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(from.startsWith('/') ? from : join(root, from), target);
    chmodSync(target, mode);
  }
  const archive = join(output, `${name}.tar.gz`);
  const plain = ['--sort=name', '--mtime=2026-01-01 00:00Z', '--owner=0', '--group=0', '--numeric-owner'];
  execFileSync('tar', [
    ...plain,
    '--use-compress-program=gzip -n',
    '-C',
    dirname(folder),
    '-cf',
    archive,
    name,
  ]);
  rmSync(folder, { recursive: true });
  return basename(archive);
}

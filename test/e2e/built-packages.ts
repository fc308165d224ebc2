import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findProgram } from '#scripts/bench/program.ts';
import { hostArch } from '#scripts/build/executable.ts';
import { makePackages } from '#scripts/build/packages.ts';
import type { Arch } from '#scripts/build/runtime.ts';
import { whyMissing } from '../support/oracle.ts';
import { NO_MACHINE } from './example-machine.ts';

export const HOST = hostArch();
export const ARCHES = ['x64', 'arm64'] as const;
const LINUX = { x64: 'x86_64', arm64: 'aarch64' } as const;

const nfpm = process.env['NFPM'] ?? findProgram('nfpm');
/** Why no package can be made, or installed, here; or undefined. */
export const NO_PACKAGES = NO_MACHINE ?? (nfpm === undefined ? whyMissing('nfpm') : undefined);

/** Makes the packages of each version in `folder`, of the programs that were built; landfall-ops is a script. */
export function buildPackages(
  folder: string,
  versions: readonly string[],
  arches: readonly Arch[] = ARCHES,
): void {
  // landfall-ops is the same Node with another script: it would double every second of this.
  const dist = join(folder, 'dist');
  mkdirSync(dist);
  for (const name of ['landfall', 'landfall.cdx.json', 'landfall-ops.cdx.json', 'THIRD-PARTY-NOTICES.txt'])
    copyFileSync(resolve('dist', name), join(dist, name));
  for (const arch of arches) {
    const [from, suffix] = [resolve(`dist/landfall-${arch}`), arch === HOST ? '' : `-${arch}`];
    if (arch !== HOST && existsSync(from)) copyFileSync(from, join(dist, `landfall${suffix}`));
    writeFileSync(join(dist, `landfall-ops${suffix}`), '#!/bin/sh\necho ops\n', { mode: 0o755 });
  }
  for (const version of versions)
    makePackages({
      root: resolve('.'),
      dist,
      output: join(folder, version),
      version,
      nfpm,
      host: HOST,
      uncompressed: true,
    });
}

export const packageFile = (folder: string, version: string, form: 'deb' | 'rpm', arch = HOST): string =>
  join(folder, version, `landfall-${version}-linux-${LINUX[arch]}.${form}`);

/** What an rpm distribution has of its own, for no package of this root is known to rpm. */
export const PROVIDED_BY_RPMS = [
  '/bin/sh',
  'libc.so.6(GLIBC_2.28)(64bit)',
  'libgcc_s.so.1()(64bit)',
  'libstdc++.so.6(GLIBCXX_3.4.21)(64bit)',
]
  .map((name) => `Provides: ${name}`)
  .join('\n');

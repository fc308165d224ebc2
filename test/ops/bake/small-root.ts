import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Programs of this machine that the script of a chroot and of these tests need, with their libraries. */
const PROGRAMS = ['sh', 'cat', 'cp', 'ls', 'mkdir', 'readlink', 'rm', 'setsid', 'sleep', 'id'];

/** The root of a tiny system that looks like Debian's. */
export function makeSmallRoot(at: string): void {
  for (const folder of ['etc', 'usr/sbin', 'usr/bin', 'bin', 'var/lib/dpkg', 'tmp', 'root'])
    mkdirSync(join(at, folder), { recursive: true });
  writeFileSync(join(at, 'etc/os-release'), 'ID=tiny\n');
  writeFileSync(join(at, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  symlinkSync('../run/systemd/resolve/stub-resolv.conf', join(at, 'etc/resolv.conf'));
  for (const program of PROGRAMS) {
    const path = execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
    cpSync(realpathSync(path), join(at, 'bin', program));
    for (const [library = ''] of execFileSync('ldd', [path], { encoding: 'utf8' }).matchAll(/\/\S+/g)) {
      if (existsSync(join(at, library))) continue;
      mkdirSync(join(at, dirname(library)), { recursive: true });
      cpSync(realpathSync(library), join(at, library));
    }
  }
}

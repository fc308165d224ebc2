import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export type Arch = 'x64' | 'arm64';

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
}

/**
 * Path of the pinned Node for `arch`. npm installs only the one of this machine; the other is packed from the registry
 * and must match the integrity in package-lock.json, so that both architectures are pinned by the same file.
 */
export function nodeRuntime(root: string, arch: Arch): string {
  const installed = join(root, 'node_modules', `node-linux-${arch}`, 'bin', 'node');
  if (existsSync(installed)) return installed;
  const name = `node-linux-${arch}`;
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lockfile;
  const entry = lock.packages[`node_modules/${name}`];
  if (!entry?.version || !entry.integrity) throw new Error(`package-lock.json does not pin ${name}`);
  const folder = join(root, '.cache', `${name}-${entry.version}`);
  const unpacked = join(folder, 'package', 'bin', 'node');
  if (!existsSync(unpacked)) fetchRuntime(`${name}@${entry.version}`, entry.integrity, folder);
  return unpacked;
}

function fetchRuntime(spec: string, integrity: string, folder: string): void {
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const printed = execFileSync('npm', ['pack', spec, '--silent', '--pack-destination', partial], {
    encoding: 'utf8',
  });
  const archive = join(partial, printed.trim().split('\n').at(-1) ?? '');
  const actual = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (actual !== integrity)
    throw new Error(`${spec} does not match package-lock.json: got ${actual}, want ${integrity}`);
  execFileSync('tar', ['-xzf', archive, '-C', partial, 'package/bin/node']);
  rmSync(archive);
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
}

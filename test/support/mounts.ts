import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Why nothing can be mounted here, or undefined. Tests that need it skip, and say this. */
export const UNMOUNTABLE: string | undefined = probe();

/** A small file system of its own, gone after the test. */
export function mountTmpfs(folder: string, size: string): void {
  mkdirSync(folder, { recursive: true });
  run('mount', '-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', folder);
  onTestFinished(() => run('umount', '-l', folder));
}

export function remount(folder: string, how: 'ro' | 'rw'): void {
  run('mount', '-o', `remount,${how}`, folder);
}

/** False where the file system knows no such flag. */
export function setImmutable(path: string): boolean {
  try {
    run('chattr', '+i', path);
  } catch {
    return false;
  }
  onTestFinished(() => run('chattr', '-i', path));
  return true;
}

function probe(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-mount-'));
  try {
    run('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder);
    run('umount', folder);
    return undefined;
  } catch (error) {
    return `mounting is not allowed: ${String(error)}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

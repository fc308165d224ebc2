import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { UNMOUNTABLE } from './mounts.ts';

/** Why no block device can be had here, or undefined. Tests that need one skip, and say this. */
export const UNLOOPABLE: string | undefined = UNMOUNTABLE ?? probe();
if (UNLOOPABLE !== undefined) console.warn(`\n*** no volume is mounted for real: ${UNLOOPABLE} ***\n`);

/** A block device of this machine over a file, or over what follows in it, until the test has finished. */
export function loopDevice(
  file: string,
  offsetBytes = 0,
): { readonly target: string; readonly number: string } {
  const args = ['-f', '--show', '-o', String(offsetBytes), file];
  const target = execFileSync('losetup', args, { encoding: 'utf8' }).trim();
  onTestFinished(() => void execFileSync('losetup', ['-d', target]));
  const number = readFileSync(`/sys/block/${target.slice('/dev/'.length)}/dev`, 'utf8').trim();
  return { target, number };
}

function probe(): string | undefined {
  try {
    execFileSync('losetup', ['-f'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `no loop device is to be had: ${String(error)}`;
  }
}

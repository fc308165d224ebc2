import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** All files a command name may stand for, daemons' folders included. */
export function programsNamed(name: string): readonly string[] {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return [...new Set(folders.map((folder) => join(folder, name)))].filter((file) => existsSync(file));
}

/** What it prints with these arguments; empty when it cannot be run. */
export function saidBy(program: string, ...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return `${stdout ?? ''}${stderr ?? ''}`;
}

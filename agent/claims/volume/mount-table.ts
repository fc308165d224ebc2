import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlockDevice } from './block-device.ts';
import type { HostRoots } from '../base/claims-host.ts';

export interface Mount {
  /** `major:minor`; of btrfs a number of its own. */
  readonly number: string;
  readonly source: string;
}

/** What is mounted at `path`, the topmost; undefined: nothing. `path` must hold no links. */
export async function mountAt(path: string, { proc }: HostRoots): Promise<Mount | undefined> {
  const table = await readFile(join(proc, 'self/mountinfo'), 'utf8');
  return topmost(table, path);
}

/** proc(5): `id parent major:minor root mount-point options [optional...] - type source superoptions`. */
export function topmost(table: string, path: string): Mount | undefined {
  const rows = table.split('\n').map((line) => line.split(' '));
  const row = rows.findLast(
    ([, , , , mountPoint]) => mountPoint !== undefined && unescape(mountPoint) === path,
  );
  if (!row) return undefined;
  const source = row[row.indexOf('-', 6) + 2] ?? '';
  return { number: row[2] ?? '', source: unescape(source) };
}

/** Mount points at `path` and below it, in the order in which they were mounted. */
export function mountPointsBelow(table: string, path: string): readonly string[] {
  return table
    .split('\n')
    .map((line) => unescape(line.split(' ')[4] ?? ''))
    .filter((point) => point === path || point.startsWith(`${path}/`));
}

export function isOf({ number, source }: Mount, device: BlockDevice): boolean {
  return number === device.number || source === device.path;
}

function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCodePoint(Number.parseInt(octal, 8)),
  );
}

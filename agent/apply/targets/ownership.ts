import { readFile } from 'node:fs/promises';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { TargetEntry } from '../../plan/plan.ts';
import { createAccounts } from '../commands/account.ts';

/** Numeric ids; undefined where the plan says nothing. */
export interface Ownership {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/** Names become ids through passwd and group in `folder`; a number is its own id. */
export async function ownershipOf(
  { owner, group, target, place }: TargetEntry,
  folder = '/etc',
): Promise<Outcome<Ownership>> {
  const uid =
    owner === undefined ? undefined : (idOf(owner) ?? (await createAccounts(folder).byName(owner))?.uid);
  const gid = group === undefined ? undefined : (idOf(group) ?? (await groupId(group, folder)));
  const unknown =
    owner !== undefined && uid === undefined
      ? `user '${owner}'`
      : group !== undefined && gid === undefined
        ? `group '${group}'`
        : undefined;
  if (unknown === undefined) return ok({ uid, gid });
  return fail({
    code: 'LF_APPLY_TARGET',
    operation: 'write',
    subject: target,
    cause: `there is no ${unknown} on this host (${place.file}${place.line === undefined ? '' : `:${place.line}`})`,
    hint: 'Make it first, in a script or on the image, or give its number.',
  });
}

/** Undefined: no such group on this host. */
export async function groupId(name: string, folder = '/etc'): Promise<number | undefined> {
  const text = await readFile(`${folder}/group`, 'utf8').catch(() => '');
  const line = name === '' ? undefined : text.split('\n').find((entry) => entry.startsWith(`${name}:`));
  return idOf(line?.split(':')[2] ?? '');
}

function idOf(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

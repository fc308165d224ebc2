import { basename, dirname } from 'node:path';
import { isThere } from '#kit/is-there.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import type { Plan } from '../../plan/plan.ts';
import type { RenderedFile } from '../apply-store.ts';
import type { ApplyHost } from '../apply-work.ts';

/** A folder that Landfall is about to make, with all that will lie below it. */
export function treeAt(path: string): RenderedFile {
  return { path, sha256: '', kind: 'tree' };
}

/** What the commands of a plan put on the host, as it says; also of those that ran before it said so. */
export function ownedBy({
  scripts,
  hooks,
  init,
}: Pick<Plan, 'scripts' | 'hooks' | 'init'>): readonly RenderedFile[] {
  const commands = [...scripts, ...Object.values(hooks).flat(), ...init];
  return commands.flatMap(({ owns }) => owns).map((path) => ({ path, sha256: '', kind: 'owned' }));
}

/**
 * Makes sure that entries are in the register before what they name is on the host: what is not in it would outlive a move to
 * another region. Writes only what is new; what lies in a tree that is registered needs no entry of its own.
 */
export async function registerFirst(
  { register }: Pick<ApplyHost, 'register'>,
  entries: readonly RenderedFile[],
): Promise<Outcome<void>> {
  if (entries.length === 0) return ok(undefined);
  const known = new Map((await register.load()).map((file) => [file.path, file]));
  const trees = [...known.values()].filter(({ kind }) => kind === 'tree').map(({ path }) => path);
  const isCovered = (path: string): boolean => trees.some((tree) => path.startsWith(`${tree}/`));
  const news = entries.filter((entry) => {
    const before = known.get(entry.path);
    if (before?.kind === 'tree' && entry.kind !== 'tree') return false;
    const isKnown = before && before.sha256 === entry.sha256 && before.kind === entry.kind;
    return !isKnown && (isStaging(entry.path) || !isCovered(entry.path));
  });
  if (news.length === 0) return ok(undefined);
  for (const entry of news) known.set(entry.path, entry);
  return register.save([...known.values()]);
}

/** What Landfall itself has taken off the host again. */
export async function unregister(
  { register }: Pick<ApplyHost, 'register'>,
  paths: readonly string[],
): Promise<Outcome<void>> {
  const known = await register.load();
  const gone = new Set(paths);
  const left = known.filter(({ path }) => !gone.has(path));
  return left.length === known.length ? ok(undefined) : register.save(left);
}

/** The folders that have to be made before something can lie at one of `paths`, the outermost first. */
export async function missingFolders(paths: readonly string[]): Promise<readonly RenderedFile[]> {
  const missing = new Set<string>();
  const there = new Set<string>(['/']);
  for (const path of paths) {
    const chain: string[] = [];
    for (let folder = dirname(path); !there.has(folder) && !missing.has(folder); folder = dirname(folder)) {
      if (await isThere(folder)) {
        there.add(folder);
        break;
      }
      chain.unshift(folder);
    }
    for (const folder of chain) missing.add(folder);
  }
  return [...missing].map((path) => ({ path, sha256: '', kind: 'folder' }));
}

/** Where archives of init documents are unpacked before they come to their place, in the folder they come to. */
export const STAGING = '.landfall-init';

export function isStaging(path: string): boolean {
  return basename(path) === STAGING;
}

import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/**
 * The commit that is checked out where `folder` lies, read from files: to run git there would run what its configuration
 * says. Undefined outside of a repository, and for what is stored in another way than files and `packed-refs`.
 */
export async function commitOf(folder: string): Promise<string | undefined> {
  const git = await gitFolderAbove(resolve(folder));
  if (git === undefined) return undefined;
  const head = await firstLine(join(git, 'HEAD'));
  const ref = /^ref: (refs\/[\w./@+-]+)$/.exec(head ?? '')?.[1];
  if (ref === undefined) return commitIn(head);
  if (ref.split('/').includes('..')) return undefined;
  // A worktree has its own HEAD, and the branches of the repository it belongs to.
  const common = resolve(git, (await firstLine(join(git, 'commondir'))) ?? '.');
  for (const base of [git, common]) {
    const commit = commitIn(await firstLine(join(base, ref)));
    if (commit !== undefined) return commit;
  }
  const packed = (await textOf(join(common, 'packed-refs'))) ?? '';
  const line = packed.split('\n').find((one) => one.endsWith(` ${ref}`));
  return commitIn(line?.split(' ', 1)[0]);
}

async function gitFolderAbove(folder: string): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    const git = join(at, '.git');
    const there = await stat(git).catch(() => undefined);
    if (there?.isDirectory()) return git;
    // Of a worktree or a submodule.
    if (there?.isFile()) {
      const target = /^gitdir: (.+)$/.exec((await firstLine(git)) ?? '')?.[1];
      return target === undefined ? undefined : resolve(at, target);
    }
    if (dirname(at) === at) return undefined;
  }
}

function commitIn(text: string | undefined): string | undefined {
  return text !== undefined && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text) ? text : undefined;
}

async function firstLine(path: string): Promise<string | undefined> {
  return (await textOf(path))?.split('\n', 1)[0]?.trim();
}

async function textOf(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch(() => undefined);
}

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { commitOf } from '#scripts/ops/folder/commit.ts';

const COMMIT = '3f9a1c07ab12cd34ef563f9a1c07ab12cd34ef56';
const OTHER = '0'.repeat(40);

/** A tree of files; gives the commit of its folder `config/base`. */
async function commitIn(files: Readonly<Record<string, string>>): Promise<string | undefined> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'landfall-commit-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries({ 'config/base/x': '', ...files })) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), text.replaceAll('ROOT', root));
  }
  await symlink(path.join(root, 'config'), path.join(root, 'link'));
  return await commitOf(path.join(root, 'config/base'));
}

it.each([
  ['a branch', { '.git/HEAD': 'ref: refs/heads/a/b\n', '.git/refs/heads/a/b': `${COMMIT}\n` }],
  ['a detached head', { '.git/HEAD': `${COMMIT}\n` }],
  [
    'packed branches',
    {
      '.git/HEAD': 'ref: refs/heads/main\n',
      '.git/packed-refs': `# pack-refs\n${OTHER} refs/heads/a\n${COMMIT} refs/heads/main\n`,
    },
  ],
  [
    'a worktree',
    {
      'config/.git': 'gitdir: ROOT/repo/.git/worktrees/w\n',
      'repo/.git/worktrees/w/HEAD': 'ref: refs/heads/w\n',
      'repo/.git/worktrees/w/commondir': '../..\n',
      'repo/.git/refs/heads/w': COMMIT,
    },
  ],
])('the commit of %s is read', async (_, files) => {
  expect(await commitIn(files)).toBe(COMMIT);
});

it.each([
  ['no repository', {}],
  ['a branch without a commit', { '.git/HEAD': 'ref: refs/heads/main\n' }],
  ['a way out of the repository', { '.git/HEAD': 'ref: refs/../../secret\n', secret: COMMIT }],
  [
    'what is no commit',
    { '.git/HEAD': 'ref: refs/heads/main\n', '.git/refs/heads/main': 'password=hunter2' },
  ],
  ['a file that leads nowhere', { '.git': 'gitdir: ROOT/gone\n' }],
])('nothing is said of %s', async (_, files) => {
  expect(await commitIn(files)).toBeUndefined();
});

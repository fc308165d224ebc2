import { createHash } from 'node:crypto';
import { readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, open, readdir, readlink, rm, symlink } from 'node:fs/promises';
import {
  CONFIG_TREE,
  CONFIG_TREE_VARIABLES,
  FORMATS,
  gather,
  isConfigTreeFolder,
  isConfigTreeLink,
  type Generation,
  type Property,
} from '#config-service';
import { errnoOf, errnoOrText } from '#kit/errno.ts';
import { fail, ok, retry, type Outcome } from '#kit/outcome.ts';

/** A generation as files, beside the one that programs read. */
export interface StagedTree {
  /** Programs read it from here on: one rename, of folder and variables at once. */
  flip(): void;
  /** They read what they read before. */
  flipBack(): void;
  /** What is older than the one before is gone. */
  settle(): Promise<void>;
}

/** Files at once: a generation has thousands, and each is a turn of the thread pool. */
const AT_ONCE = 16;

/**
 * Writes every key of a generation as a file below the run folder: `tree-XXXXXX/config/KEY`, exactly its value, a secret's with mode 0600,
 * and all of them as variables in `tree-XXXXXX/env`. `config` in the run folder is a link to the folder in force, and
 * `config.env` one to what lies beside it, so that both change with one rename. Faults: `LF_APPLY_WRITE`, `LF_APPLY_TARGET`.
 */
export async function stageConfigTree(runDir: string, generation: Generation): Promise<Outcome<StagedTree>> {
  let folder: string | undefined;
  try {
    for (const name of [CONFIG_TREE.link, CONFIG_TREE.variables]) {
      if (await isForeign(`${runDir}/${name}`)) return fail(occupied(`${runDir}/${name}`));
    }
    folder = await mkdtemp(`${runDir}/${CONFIG_TREE.prefix}`);
    // Whatever the umask of the daemon: others read it.
    await chmod(folder, 0o755);
    await mkdir(`${folder}/config`);
    await chmod(`${folder}/config`, 0o755);
    const properties = [...generation.effective.values()];
    await writeKeys(`${folder}/config`, properties);
    await writeVariables(`${folder}/env`, properties);
    await symlink(`${folder.slice(runDir.length + 1)}/config`, `${folder}/next`);
    return ok(stagedTree(runDir, folder));
  } catch (error) {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => {});
    return retry({
      code: 'LF_APPLY_WRITE',
      operation: 'write',
      subject: `the files of the configuration in ${runDir}`,
      cause: errnoOrText(error),
      hint: 'Look at the room and the inodes of its file system; each key takes a page.',
    });
  }
}

/** Nothing of it is left: it was turned off, and what nobody keeps up to date would be read as if it were. */
export async function removeConfigTree(runDir: string): Promise<void> {
  for (const name of [CONFIG_TREE.variables, CONFIG_TREE.link]) {
    if (!(await isForeign(`${runDir}/${name}`))) await rm(`${runDir}/${name}`, { force: true });
  }
  await sweep(runDir, []);
}

function stagedTree(runDir: string, folder: string): StagedTree {
  const link = `${runDir}/${CONFIG_TREE.link}`;
  const before = linkText(link);
  return {
    flip: () => {
      renameSync(`${folder}/next`, link);
      if (linkText(`${runDir}/${CONFIG_TREE.variables}`) === undefined)
        symlinkSync(CONFIG_TREE_VARIABLES, `${runDir}/${CONFIG_TREE.variables}`);
    },
    flipBack: () => {
      if (before === undefined) {
        rmSync(`${runDir}/${CONFIG_TREE.variables}`, { force: true });
        rmSync(link, { force: true });
        return;
      }
      symlinkSync(before, `${folder}/before`);
      renameSync(`${folder}/before`, link);
    },
    settle: () => sweep(runDir, [linkText(link), before]),
  };
}

/** What a kill left goes, too. @param kept as the links say it. */
async function sweep(runDir: string, kept: readonly (string | undefined)[]): Promise<void> {
  const folders = new Set(kept.map((target) => target?.split('/')[0]));
  const names = await readdir(runDir).catch(() => []);
  for (const name of names.filter((entry) => isConfigTreeFolder(entry) && !folders.has(entry))) {
    await rm(`${runDir}/${name}`, { recursive: true, force: true }).catch(() => {});
  }
}

async function writeKeys(folder: string, properties: readonly Property[]): Promise<void> {
  await gather(properties, AT_ONCE, async ({ key, value, masked }) => {
    await writeOut(`${folder}/${fileNameOf(key)}`, value, masked === undefined ? 0o644 : 0o600);
    return ok(undefined);
  });
}

async function writeVariables(path: string, properties: readonly Property[]): Promise<void> {
  const pairs = properties.map(({ key, value }) => [key, value] as const);
  const isSecret = properties.some(({ masked }) => masked !== undefined);
  await writeOut(path, FORMATS.get('env')?.print(pairs) ?? '', isSecret ? 0o600 : 0o644);
}

async function writeOut(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.chmod(mode);
  } finally {
    await file.close();
  }
}

/** What the link leads to says that it is ours; something else that stands there is not ours to replace. */
async function isForeign(path: string): Promise<boolean> {
  return readlink(path).then(
    (target) => !isConfigTreeLink(target),
    (error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return false;
      if (errnoOf(error) === 'EINVAL') return true;
      throw error;
    },
  );
}

function linkText(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function occupied(path: string) {
  return {
    code: 'LF_APPLY_TARGET',
    operation: 'link',
    subject: path,
    cause: 'something else stands in its place',
    hint: 'Move it away, or set `config-tree` to off.',
  } as const;
}

/** NAME_MAX of Linux, in bytes. */
const LONGEST = 255;

/**
 * The file of a key: its name where a file can have it. What no file name holds is percent-encoded: a slash, a NUL, names of dots
 * alone, and a `%` that would be read as such a code, so that two keys never share a file. A key without a letter is `%`; of one
 * that is too long there are the beginning and a digest.
 */
export function fileNameOf(key: string): string {
  const name = key
    .toWellFormed()
    .replaceAll(/[/\0]|^%$|%(?=[0-9A-Fa-f]{2})/g, (character) => encoded(character))
    .replace(/^\.{1,2}$/, (dots) => dots.replaceAll('.', '%2E'));
  if (name === '') return '%';
  if (Buffer.byteLength(name) <= LONGEST) return name;
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 16);
  return `${Buffer.from(name)
    .subarray(0, LONGEST - digest.length - 2)
    .toString('utf8')
    .replace(/\uFFFD$/, '')}%~${digest}`;
}

function encoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

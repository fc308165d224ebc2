import { chmod, chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';

/** What the folders of commands below the run folder start with. */
export const COMMAND_FOLDER = 'command-';

export interface CommandFile {
  readonly name: string;
  readonly content: Uint8Array | string;
  /** True: mode 0700, else 0600. */
  readonly executable?: boolean;
}

/** Whose the folder is while the command runs; undefined: ours. */
export type FolderOwner = { readonly uid: number; readonly gid: number } | undefined;

/**
 * A folder for one command, mode 0700 and owned by the user that runs it, with its files. Gone when `use` is over. It is
 * given away last and taken back first: files are neither written nor removed where another user could swap a path.
 * @throws the errno of the step that failed; the folder is gone then, too.
 */
export async function withCommandFolder<T>(
  runDir: string,
  owner: FolderOwner,
  files: readonly CommandFile[],
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(`${runDir}/${COMMAND_FOLDER}`);
  try {
    for (const { name, content, executable } of files) {
      const path = `${folder}/${name}`;
      await writeFile(path, content, { mode: 0o600, flag: 'wx' });
      if (executable === true) await chmod(path, 0o700);
      if (owner) await chown(path, owner.uid, owner.gid);
    }
    if (owner) await chown(folder, owner.uid, owner.gid);
    return await use(folder);
  } finally {
    if (owner) await chown(folder, 0, 0).catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes what a killed agent left; to be called once, before the first command. */
export async function sweepCommandFolders(runDir: string): Promise<void> {
  const names = await readdir(runDir).catch(() => []);
  for (const name of names.filter((entry) => entry.startsWith(COMMAND_FOLDER))) {
    await rm(`${runDir}/${name}`, { recursive: true, force: true }).catch(() => {});
  }
}

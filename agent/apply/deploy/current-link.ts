import { lstat, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { syncFolder } from '#kit/atomic-file.ts';

const VERSIONS = 'versions';

/** Where the versions below a deploy directory lie. */
export function versionsFolder(directory: string): string {
  return `${directory}/${VERSIONS}`;
}

export function versionFolder(directory: string, version: string): string {
  return `${versionsFolder(directory)}/${version}`;
}

/** The version that `current` leads to. Undefined: none, or one that is not there. */
export async function currentVersion(directory: string): Promise<string | undefined> {
  const [folder, version, ...rest] = (await readlink(currentLink(directory)).catch(() => '')).split('/');
  if (folder !== VERSIONS || version === undefined || rest.length > 0) return undefined;
  return (await isThere(versionFolder(directory, version))) ? version : undefined;
}

export async function isThere(folder: string): Promise<boolean> {
  return await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** True: something that is no link is called `current`. It is nobody's to remove but its owner's. */
export async function isCurrentTaken(directory: string): Promise<boolean> {
  return await lstat(currentLink(directory)).then(
    (found) => !found.isSymbolicLink(),
    () => false,
  );
}

/**
 * From one version to another in one step: a reader finds the old or the new one, never none. Relative, so that the
 * directory may be mounted elsewhere. Durable when it resolves.
 * @throws the errno of the step that failed.
 */
export async function pointCurrent(directory: string, version: string): Promise<void> {
  const next = `${directory}/.current.next`;
  await rm(next, { force: true });
  await symlink(currentTarget(version), next);
  await rename(next, currentLink(directory));
  await syncFolder(directory);
}

/** @throws the errno of the step that failed; no link is fine. */
export async function removeCurrent(directory: string): Promise<void> {
  await rm(currentLink(directory), { force: true });
  if (await isThere(directory)) await syncFolder(directory);
}

export function currentLink(directory: string): string {
  return `${directory}/current`;
}

/** Where `current` leads. */
export function currentTarget(version: string): string {
  return `${VERSIONS}/${version}`;
}

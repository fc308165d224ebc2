import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { syncFolder } from '#kit/atomic-file.ts';
import type { Logger } from '#kit/logger.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { bringArtefact, type ArtefactSource, type FetchArtefact } from './artefact.ts';
import { versionFolder, versionsFolder } from './current-link.ts';
import type { DeploySpec } from './deploy-spec.ts';
import type { RunnerFor } from './archive-inspection.ts';
import { createPackedAttributes } from './packed-attributes.ts';
import { unpack } from './unpack.ts';

export interface VersionInstaller {
  readonly fetchArtefact: FetchArtefact;
  readonly runnerFor: RunnerFor;
}

/** Where a version is until it is whole. No version begins with a dot. */
export function stagedIn(directory: string): { readonly archive: string; readonly scratch: string } {
  const versions = versionsFolder(directory);
  return { archive: `${versions}/.artefact`, scratch: `${versions}/.unpacking` };
}

/**
 * Fetches, verifies and unpacks a version beside the others, and gives it its name when it is whole and durable. What a
 * run before left half done, or a copied image brought along under that name, is replaced.
 * @throws the errno of the disk.
 */
export async function installVersion(
  wish: DeploySpec,
  {
    fetchArtefact,
    runnerFor,
    logger,
    owners,
  }: VersionInstaller & ArtefactSource & { readonly logger: Logger },
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const { directory, version, artefact } = wish;
  const versions = versionsFolder(directory);
  const { archive, scratch } = stagedIn(directory);
  const tree = `${scratch}/tree`;
  const clear = async (): Promise<void> => {
    await rm(archive, { force: true });
    await rm(scratch, { recursive: true, force: true });
  };
  for (const folder of [directory, versions, scratch]) {
    if (folder === scratch) await clear();
    const made = await mkdir(folder, { recursive: true });
    // Whatever our umask is: services of other users run from here.
    if (made !== undefined) await chmod(folder, 0o755);
  }
  try {
    const brought = await bringArtefact(wish, archive, { fetchArtefact, owners }, signal);
    if (brought.kind !== 'ok') return brought;
    // Closed to others for as long as bits in it are as somebody packed them.
    await chmod(scratch, 0o700);
    await mkdir(tree);
    await chmod(tree, 0o755);
    const folder = versionFolder(directory, version);
    const homes = [folder, `${directory}/current`];
    const attributes = createPackedAttributes();
    const unpacked = await unpack(
      { archive, into: tree, homes, named: wish.setuid, attributes, subject: artefact },
      runnerFor,
      signal,
    );
    if (unpacked.kind !== 'ok') return unpacked;
    attributes.tell(logger, artefact);
    await rm(folder, { recursive: true, force: true });
    await rename(tree, folder);
    await syncFolder(versions);
    return ok(undefined);
  } finally {
    await clear();
  }
}

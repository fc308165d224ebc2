import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { DeploySpec } from './deploy-spec.ts';

/**
 * Reads an artefact of this region: a key below the source's prefix, or `s3://bucket/key`. Each piece is handed on once
 * and in order, and waited for; a rejection of `write` ends the fetch and is passed on. An object that is absent, denied
 * or in another region is an outcome.
 */
export type FetchArtefact = (
  artefact: string,
  write: (piece: Uint8Array) => Promise<void>,
  signal: AbortSignal,
  /** `Plan.bucketOwners`. */
  owners: ReadonlyMap<string, string>,
) => Promise<Outcome<void>>;

export interface ArtefactSource {
  readonly fetchArtefact: FetchArtefact;
  readonly owners: ReadonlyMap<string, string>;
}

/**
 * Brings the artefact to `path`, which must not exist yet, and compares its digest on the way.
 * @throws the errno of the disk.
 */
export async function bringArtefact(
  { artefact, sha256 }: DeploySpec,
  path: string,
  { fetchArtefact, owners }: ArtefactSource,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const file = await open(path, 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    const fetched = await fetchArtefact(
      artefact,
      async (piece) => {
        hash.update(piece);
        await writeAll(file, piece);
      },
      signal,
      owners,
    );
    if (fetched.kind !== 'ok') return fetched;
    const found = hash.digest('hex');
    if (found === sha256) return ok(undefined);
    return fail({
      code: 'LF_DEPLOY',
      operation: 'verify',
      subject: artefact,
      cause: `its SHA-256 is ${found}, and landfall.deploy.sha256 says ${sha256}`,
      hint: 'Upload the artefact that was meant, or correct the digest.',
    });
  } finally {
    await file.close();
  }
}

/** One write may take less than it was given. */
async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  let rest = piece;
  while (rest.length > 0) rest = rest.subarray((await file.write(rest)).bytesWritten);
}

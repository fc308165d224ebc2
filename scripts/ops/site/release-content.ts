import {
  gather,
  objectKey,
  sha256Hex,
  type LayerContent,
  type LayerFile,
  type Release,
} from '#config-service';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { addressOf, keyOf, type ReleaseSite } from './release-site.ts';

/** Bytes by their digest: what is at hand is not read again. */
export type KnownContent = ReadonlyMap<string, Uint8Array>;

const PARALLEL_READS = 16;

/**
 * All layers of a release, every byte checked against its digest: also the proof that a release can still be served.
 * Faults: `LF_OBJECT_MISSING`, `LF_DIGEST_MISMATCH`, those of the store.
 */
export async function readReleaseContent(
  site: ReleaseSite,
  release: Release,
  known: KnownContent = new Map(),
): Promise<Outcome<readonly LayerContent[]>> {
  const wanted = [...release.layers].flatMap(([layer, files]) => files.map((file) => ({ layer, ...file })));
  const read = await gather(wanted, PARALLEL_READS, async ({ layer, path, sha256 }) => {
    const object = addressOf(site, objectKey(layer, sha256));
    const bytes = known.get(sha256);
    if (bytes) return ok({ layer, file: { path, object, sha256, bytes } });
    const got = await site.store.get(keyOf(site, objectKey(layer, sha256)));
    if (got.kind !== 'ok') return got;
    const problem = contentProblem(got.value?.bytes, sha256);
    if (problem) return fail({ ...problem, operation: 'read', subject: object });
    return ok({ layer, file: { path, object, sha256, bytes: got.value?.bytes ?? new Uint8Array() } });
  });
  if (read.kind !== 'ok') return read;
  const layers = new Map<string, LayerFile[]>([...release.layers.keys()].map((name) => [name, []]));
  for (const { layer, file } of read.value) layers.get(layer)?.push(file);
  return ok([...layers].map(([name, files]) => ({ name, files })));
}

function contentProblem(bytes: Uint8Array | undefined, sha256: string) {
  if (bytes === undefined) {
    const hint = 'Publish the same folder again: what is missing is written again.';
    return { code: 'LF_OBJECT_MISSING', cause: 'the release names it and it is not there', hint } as const;
  }
  if (sha256Hex(bytes) === sha256) return undefined;
  const hint = 'Delete the object and publish the same folder again; find out who wrote over it.';
  return { code: 'LF_DIGEST_MISMATCH', cause: 'its content is not what its name says', hint } as const;
}

import { ok, retry, type Outcome } from '../kit/outcome.ts';
import { sha256Hex } from '../release/digest.ts';
import { objectKey, type ReleaseFile } from '../release/manifest.ts';
import { completeFetch, filesOf, layersOf } from './fetched.ts';
import { gather } from './gather.ts';
import { keyBelow } from './layer-folder.ts';
import type { Chosen, Fetched, FetchRequest } from './layer-source.ts';
import { MAX_OBJECT_BYTES, MAX_PARALLEL_REQUESTS, overLimit, type SizedFile } from './limits.ts';
import { pointerAddress, type ReleasePlace } from './release-pointer.ts';

/**
 * The layers asked for, of one release. Content that the previous fetch holds is not asked for again, whatever file or
 * layer it was in: a digest says all there is to say. Every byte that comes is checked against size and digest.
 */
export async function fetchRelease(
  place: ReleasePlace,
  chosen: Chosen,
  etag: string,
  { layers, signal, previous }: FetchRequest,
): Promise<Outcome<Fetched>> {
  const { release } = chosen;
  const wanted = layers.flatMap(({ name }) =>
    (release.layers.get(name) ?? []).map((file) => addressOf(place, name, file)),
  );
  const broken = overLimit(wanted, `${place.store.address}/${place.prefix}`);
  if (broken) return broken;

  const content = new Map(filesOf(previous).map(({ sha256, bytes }) => [sha256, bytes]));
  const missing = new Map(
    wanted.filter(({ sha256 }) => !content.has(sha256)).map((file) => [file.sha256, file]),
  );
  const read = await gather([...missing.values()], MAX_PARALLEL_REQUESTS, (file) =>
    readContent(place, file, signal),
  );
  if (read.kind !== 'ok') return read;
  for (const { sha256, bytes } of read.value) content.set(sha256, bytes);

  const files = wanted.flatMap(({ layer, path, object, sha256 }) => {
    const bytes = content.get(sha256);
    return bytes ? [{ layer, file: { path, object, sha256, bytes } }] : [];
  });
  const draft = {
    release: release.id,
    layout: 'release',
    layers: layersOf(layers, files),
    ...(release.objects ? { objects: release.objects } : {}),
    etags: new Map([[pointerAddress(place), etag]]),
    chosen,
  } as const;
  return ok(completeFetch(draft, previous));
}

interface WantedFile extends SizedFile, ReleaseFile {
  readonly key: string;
}

function addressOf({ store, prefix }: ReleasePlace, layer: string, file: ReleaseFile): WantedFile {
  const key = keyBelow(prefix, objectKey(layer, file.sha256));
  return { ...file, layer, key, object: `${store.address}/${key}` };
}

async function readContent(
  { store }: ReleasePlace,
  { key, object, size, sha256 }: WantedFile,
  signal: AbortSignal,
): Promise<Outcome<{ readonly sha256: string; readonly bytes: Uint8Array }>> {
  const got = await store.get(key, { maxBytes: MAX_OBJECT_BYTES, signal });
  if (got.kind !== 'ok') return got;
  if (got.value.kind !== 'found') {
    return retry({
      code: 'LF_OBJECT_MISSING',
      operation: 'read',
      subject: object,
      cause: 'the release names it and it is not there',
      hint: 'Publish the release again; replication or a lifecycle rule may have removed it.',
    });
  }
  const { bytes } = got.value;
  const digest = sha256Hex(bytes);
  if (bytes.length === size && digest === sha256) return ok({ sha256, bytes });
  return retry({
    code: 'LF_DIGEST_MISMATCH',
    operation: 'verify',
    subject: object,
    cause: `it has ${bytes.length} bytes with digest ${digest}, the release says ${size} bytes`,
    hint: 'Someone wrote over an immutable object, or the transfer was damaged; publish the release again.',
  });
}

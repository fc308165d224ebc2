import { ok, retry, type Outcome } from '../kit/outcome.ts';
import type { LayerFile } from '../layers/layer.ts';
import { sha256Hex } from '../release/digest.ts';
import { completeFetch, filesOf, layersOf } from './fetched.ts';
import { gather } from './gather.ts';
import type { FetchRequest, Fetched, LayerSource } from './layer-source.ts';
import { MAX_OBJECT_BYTES, MAX_PARALLEL_REQUESTS, overLimit } from './limits.ts';
import { unaskedNotModified } from './not-modified.ts';
import type { ObjectStore } from './object-store.ts';
import { createTreeLister, type Listing, type Tree, type TreeFile } from './tree-listing.ts';

/**
 * Plain folders in a bucket, as `aws s3 sync` leaves them. Each tick is one LIST (see `createTreeLister`) and one conditional GET
 * per object, changed or not: the listing's ETags could save the GETs, but then a change would cost a fleet more than a
 * quiet day, all at once (law 7).
 */
export function createTreeSource(tree: Tree): LayerSource {
  const listTree = createTreeLister(tree);
  return {
    async fetch(request) {
      const listed = await listTree(request.layers, request.signal);
      return listed.kind === 'ok' ? fetchListed(tree, listed.value, request) : listed;
    },
  };
}

/** Reads what was listed; bytes that `previous` already has are asked for by ETag and reused. */
export async function fetchListed(
  { store, prefix }: Tree,
  { files, others }: Listing,
  { layers, signal, previous }: FetchRequest,
): Promise<Outcome<Fetched>> {
  const held = new Map(filesOf(previous).map((file) => [file.object, file]));
  const read = await gather(files, MAX_PARALLEL_REQUESTS, (file) => {
    const known = held.get(file.object);
    const etag = previous?.etags.get(file.object);
    return readObject(store, file, signal, known && etag !== undefined ? { file: known, etag } : undefined);
  });
  if (read.kind !== 'ok') return read;
  // An object may have grown since it was listed.
  const sizes = read.value.map(({ layer, file }) => ({
    layer,
    object: file.object,
    size: file.bytes.length,
  }));
  const broken = overLimit(sizes, `${store.address}/${prefix}`);
  if (broken) return broken;
  const etags = new Map(read.value.map(({ file, etag }) => [file.object, etag]));
  const draft = { release: null, layout: 'tree', layers: layersOf(layers, read.value), etags } as const;
  return ok(completeFetch(others.length > 0 ? { ...draft, others } : draft, previous));
}

interface Held {
  readonly file: LayerFile;
  readonly etag: string;
}

interface ReadFile extends Held {
  readonly layer: string;
}

async function readObject(
  store: ObjectStore,
  { layer, path, key, object }: TreeFile,
  signal: AbortSignal,
  known: Held | undefined,
): Promise<Outcome<ReadFile>> {
  const condition = known ? { ifNoneMatch: known.etag } : {};
  const got = await store.get(key, { ...condition, maxBytes: MAX_OBJECT_BYTES, signal });
  if (got.kind !== 'ok') return got;
  if (got.value.kind === 'unchanged') {
    return known ? ok({ layer, ...known }) : unaskedNotModified(object);
  }
  if (got.value.kind === 'absent') {
    return retry({
      code: 'LF_OBJECT_MISSING',
      operation: 'read',
      subject: object,
      cause: 'it was listed and is not there any more',
      hint: 'It was probably deleted a moment ago; the next tick sees the new listing.',
    });
  }
  const { bytes, etag } = got.value;
  return ok({ layer, file: { path, object, sha256: sha256Hex(bytes), bytes }, etag });
}

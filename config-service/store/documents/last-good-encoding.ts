import type { Remembered, RememberedFile, RememberedLayer } from '../folder/remembered.ts';

/** Moves when a reader of the old shape would misread the new one. */
const FORMAT = 1;
const LENGTH_BYTES = 4;

/**
 * `index length (uint32, big endian) || index (JSON) || the bytes of every file in the order of the index`: file contents
 * stay as they are, so that 64 MiB cost 64 MiB.
 */
export function encodeRemembered(remembered: Remembered): Uint8Array {
  const { savedAt, release, layout, layers } = remembered;
  const index: Index = {
    format: FORMAT,
    savedAt,
    tags: [...remembered.tags],
    release,
    layout,
    etags: [...remembered.etags],
    ...(remembered.objects ? { objects: [...remembered.objects] } : {}),
    layers: layers.map(({ name, files }) => ({
      name,
      files: files.map(({ path, object, sha256, bytes }) => ({ path, object, sha256, size: bytes.length })),
    })),
  };
  const head = Buffer.from(JSON.stringify(index), 'utf8');
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, ...layers.flatMap(({ files }) => files.map(({ bytes }) => bytes))]);
}

/**
 * Undefined for another format. The input passed the seal, so that it is what this instance wrote: the checks here are
 * for another version of Landfall, not for an attacker.
 */
export function decodeRemembered(encoded: Uint8Array): Remembered | undefined {
  const index = readIndex(encoded);
  if (!index) return undefined;
  let at = index.end;
  const layers = index.layers.map(({ name, files }): RememberedLayer => ({
    name,
    files: files.map(({ size, ...file }): RememberedFile => {
      at += size;
      return { ...file, bytes: encoded.subarray(at - size, at) };
    }),
  }));
  if (at !== encoded.length) return undefined;
  const { savedAt, release, layout, objects } = index;
  return {
    savedAt,
    tags: new Map(index.tags),
    release,
    layout,
    layers,
    etags: new Map(index.etags),
    ...(objects ? { objects: new Map(objects) } : {}),
  };
}

interface Index extends Pick<Remembered, 'savedAt' | 'release' | 'layout'> {
  readonly format: typeof FORMAT;
  readonly tags: readonly (readonly [string, string])[];
  readonly etags: readonly (readonly [string, string])[];
  readonly objects?: readonly (readonly [string, { readonly sha256: string; readonly size: number }])[];
  readonly layers: readonly {
    readonly name: string;
    readonly files: readonly (Omit<RememberedFile, 'bytes'> & { readonly size: number })[];
  }[];
}

function readIndex(encoded: Uint8Array): (Index & { readonly end: number }) | undefined {
  const buffer = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  if (buffer.length < LENGTH_BYTES) return undefined;
  const end = LENGTH_BYTES + buffer.readUInt32BE(0);
  try {
    const index = JSON.parse(buffer.toString('utf8', LENGTH_BYTES, end)) as Index;
    return index.format === FORMAT ? { ...index, end } : undefined;
  } catch {
    return undefined;
  }
}

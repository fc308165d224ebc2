import { sha256Hex } from '../../config-service/release/digest.ts';
import { objectKey, type Release } from '../../config-service/release/manifest.ts';
import { printPointer } from '../../config-service/release/pointer.ts';
import type { MemoryStore } from './memory-store.ts';

/** Contents by `layer` and path, as a publisher would be given them. */
export type Contents = Readonly<Record<string, Readonly<Record<string, string>>>>;

export function releaseOf(id: string, contents: Contents): Release {
  const layers = Object.entries(contents).map(([layer, files]) => {
    const rows = Object.entries(files).map(([path, text]) => ({
      path,
      sha256: sha256Hex(text),
      size: Buffer.byteLength(text),
    }));
    return [layer, rows] as const;
  });
  return { id, createdAt: '2026-11-21T03:21:00Z', layers: new Map(layers) };
}

/** Objects first, pointer last, below the prefix `p`. */
export function publish(store: MemoryStore, id: string, contents: Contents, region = 'eu-west-1'): void {
  for (const [layer, files] of Object.entries(contents)) {
    for (const text of Object.values(files)) store.put(`p/${objectKey(layer, sha256Hex(text))}`, text);
  }
  store.put('p/current.json', printPointer({ region, stable: releaseOf(id, contents) }));
}

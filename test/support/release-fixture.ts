import { sha256Hex } from '../../config-service/release/digest.ts';
import type { ReleaseCandidate } from '../../config-service/release/candidate.ts';
import { objectKey, type Release } from '../../config-service/release/manifest.ts';
import { printPointer, type Pointer } from '../../config-service/release/pointer.ts';
import type { RolloutStep } from '../../config-service/release/rollout.ts';
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

/** A candidate whose rollout starts at 04:00; with everybody from the start on unless `steps` say otherwise. */
export function candidateOf(
  id: string,
  steps: readonly RolloutStep[] = [{ percent: 100, afterMs: 0 }],
  contents: Contents = {},
): ReleaseCandidate {
  return { release: releaseOf(id, contents), salt: 'salt', startedAt: '2026-11-21T04:00:00Z', steps };
}

/** Objects first, pointer last, below the prefix `p`. */
export function publish(store: MemoryStore, id: string, contents: Contents, region = 'eu-west-1'): void {
  putContents(store, contents);
  point(store, { region, stable: releaseOf(id, contents) });
}

/** The objects of a release, without a pointer to them. */
export function putContents(store: MemoryStore, contents: Contents): void {
  for (const [key, text] of objectsOf(contents)) store.put(`p/${key}`, text);
}

/** Keys below the prefix, with their content. */
export function objectsOf(contents: Contents): readonly (readonly [string, string])[] {
  return Object.entries(contents).flatMap(([layer, files]) =>
    Object.values(files).map((text) => [objectKey(layer, sha256Hex(text)), text] as const),
  );
}

/** Moves the pointer. */
export function point(store: MemoryStore, pointer: Pointer): void {
  store.put('p/current.json', printPointer(pointer));
}

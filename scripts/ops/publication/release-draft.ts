import {
  regionFacts,
  releaseDigest,
  releaseIdOf,
  type LayerContent,
  type Release,
  type VouchedObjects,
  type ReleaseFile,
  isForRegion,
} from '#config-service';
import type { ConfigFolder } from '../folder/config-folder.ts';

/** What one region's part of a folder would be as a release, yet without a name. */
export interface RegionDraft {
  readonly region: string;
  /** Only what instances of this region may take part in: nothing of `region/` but its own. */
  readonly contents: readonly LayerContent[];
  readonly layers: Release['layers'];
  /** What the release will vouch for outside of the folder; absent when it is not signed. */
  readonly objects?: VouchedObjects;
}

export function draftFor(folder: ConfigFolder, region: string): RegionDraft {
  const facts = regionFacts(region);
  const contents = folder.layers
    .filter(({ place }) => facts !== undefined && isForRegion(place, facts))
    .map(({ content }) => content);
  return {
    region,
    contents,
    layers: new Map(contents.map(({ name, files }) => [name, files.map(asReleaseFile)])),
  };
}

/**
 * One name for all regions. When one of `standing`, the releases that regions point to, was made of exactly these layers
 * and objects, this is the same publication going on, and keeps its name and time.
 */
export function nameDrafts(
  drafts: readonly RegionDraft[],
  standing: readonly Release[],
  now: { readonly createdAt: string; readonly message?: string },
): ReadonlyMap<string, Release> {
  const all: Release['layers'] = new Map(drafts.flatMap(({ layers }) => [...layers]));
  const objects = new Map(drafts.flatMap((draft) => [...(draft.objects ?? [])]));
  const begun = standing.find(({ id, createdAt }) => releaseIdOf(createdAt, all, objects) === id);
  const { createdAt, message } = begun ?? now;
  const id = releaseIdOf(createdAt, all, objects);
  return new Map(
    drafts.map(({ region, layers, objects: own }) => [
      region,
      {
        id,
        createdAt,
        ...(message === undefined ? {} : { message }),
        layers,
        ...(own ? { objects: own } : {}),
      },
    ]),
  );
}

type Content = Pick<Release, 'layers' | 'objects'>;

/**
 * Whether what stands serves the bytes that are wanted and vouches for the same objects, whatever it is called and whoever
 * signed it. What is not going to be signed vouches for nothing and does not ask for it.
 */
export function haveSameContent(standing: Content, wanted: Content): boolean {
  const { layers, objects } = standing;
  const compared = wanted.objects && objects ? { layers, objects } : { layers };
  return contentDigest(compared) === contentDigest(wanted);
}

function contentDigest({ layers, objects }: Content): string {
  return releaseDigest({ id: '', createdAt: '', layers, ...(objects ? { objects } : {}) });
}

function asReleaseFile({ path, sha256, bytes }: LayerContent['files'][number]): ReleaseFile {
  return { path, sha256, size: bytes.length };
}

import {
  regionFacts,
  releaseDigest,
  releaseIdOf,
  type LayerContent,
  type Release,
  type ReleaseFile,
} from '#config-service';
import type { ConfigFolder } from '../folder/config-folder.ts';
import { isForRegion } from '../folder/layer-place.ts';

/** What one region's part of a folder would be as a release, yet without a name. */
export interface RegionDraft {
  readonly region: string;
  /** Only what instances of this region may take part in: nothing of `region/` but its own. */
  readonly contents: readonly LayerContent[];
  readonly layers: Release['layers'];
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
 * One name for all regions. When one of `standing`, the releases that regions point to, was made of exactly these layers,
 * this is the same publication going on, and keeps its name and time.
 */
export function nameDrafts(
  drafts: readonly RegionDraft[],
  standing: readonly Release[],
  now: { readonly createdAt: string; readonly message?: string },
): ReadonlyMap<string, Release> {
  const all: Release['layers'] = new Map(drafts.flatMap(({ layers }) => [...layers]));
  const begun = standing.find(({ id, createdAt }) => releaseIdOf(createdAt, all) === id);
  const { createdAt, message } = begun ?? now;
  const id = releaseIdOf(createdAt, all);
  return new Map(
    drafts.map(({ region, layers }) => [
      region,
      { id, createdAt, ...(message === undefined ? {} : { message }), layers },
    ]),
  );
}

/** Whether both serve the same bytes, whatever they are called and whoever signed them. */
export function haveSameContent(a: Pick<Release, 'layers'>, b: Pick<Release, 'layers'>): boolean {
  return contentDigest(a) === contentDigest(b);
}

function contentDigest({ layers }: Pick<Release, 'layers'>): string {
  return releaseDigest({ id: '', createdAt: '', layers });
}

function asReleaseFile({ path, sha256, bytes }: LayerContent['files'][number]): ReleaseFile {
  return { path, sha256, size: bytes.length };
}

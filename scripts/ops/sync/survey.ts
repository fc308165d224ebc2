import type { Clock } from '#kit/clock.ts';
import { backKey, JOB_KEY, readMark, RETIRED_KEY, VOLUME_KEY } from './back-tags.ts';
import type { FoundImage, Images } from './ec2-images.ts';
import type { FoundSnapshot, Snapshots } from './ec2-snapshots.ts';

/** All copies with our tag for one source region, in any state but deregistered. */
export interface ListedImages {
  readonly byId: ReadonlyMap<string, FoundImage>;
  /** By the image that they are copies of. */
  readonly bySource: ReadonlyMap<string, readonly FoundImage[]>;
  readonly byJob: ReadonlyMap<string, readonly FoundImage[]>;
}

export interface ListedSnapshots {
  readonly byId: ReadonlyMap<string, FoundSnapshot>;
  readonly byVolume: ReadonlyMap<string, readonly FoundSnapshot[]>;
  /** Snapshots of images that are about to be deregistered, or have been. */
  readonly retired: readonly FoundSnapshot[];
}

/**
 * The copies in one region, listed once for all jobs that look there. Each job by itself would list them all again, and two
 * hundred jobs would read two hundred times two hundred images. What a moment could change is asked for by its id instead.
 */
export interface Survey {
  images(sourceRegion: string): Promise<ListedImages>;
  snapshots(sourceRegion: string): Promise<ListedSnapshots>;
  /** The ids of our images that this account may launch, or `all`. */
  sharedWith(user: string): Promise<ReadonlySet<string>>;
  /** Something was made here: the next look is a new one. */
  forget(): void;
}

/** A run that waits for copies takes hours; a list is good for so long. A plan is about one moment. */
const GOOD_MS = 10_000;

export interface SurveyParts {
  readonly images: Images;
  readonly snapshots: Snapshots;
  readonly clock: Clock;
  readonly isPlan: boolean;
}

export function createSurvey({ images, snapshots, clock, isPlan }: SurveyParts): Survey {
  const goodMs = isPlan ? Infinity : GOOD_MS;
  const seenImages = createShelf<ListedImages>(clock, goodMs);
  const seenSnapshots = createShelf<ListedSnapshots>(clock, goodMs);
  const seenShared = createShelf<ReadonlySet<string>>(clock, goodMs);
  return {
    images: (source) =>
      seenImages.get(source, async () => listImages(await images.withTag(backKey(source)), source)),
    snapshots: (source) =>
      seenSnapshots.get(source, async () => listSnapshots(await snapshots.withTag(backKey(source)))),
    sharedWith: (user) =>
      seenShared.get(user, async () => new Set((await images.sharedWith(user)).map(({ id }) => id))),
    forget: () => {
      seenImages.clear();
      seenSnapshots.clear();
    },
  };
}

function createShelf<T>(clock: Clock, goodMs: number) {
  const seen = new Map<string, { readonly at: number; readonly list: Promise<T> }>();
  return {
    clear: () => seen.clear(),
    get: (name: string, look: () => Promise<T>): Promise<T> => {
      const known = seen.get(name);
      if (known && clock.monotonic() - known.at < goodMs) return known.list;
      const entry = { at: clock.monotonic(), list: look() };
      seen.set(name, entry);
      // A look that failed is none: the next job asks for itself.
      entry.list.catch(() => {
        if (seen.get(name) === entry) seen.delete(name);
      });
      return entry.list;
    },
  };
}

function listImages(images: readonly FoundImage[], source: string): ListedImages {
  return {
    byId: new Map(images.map((image) => [image.id, image])),
    bySource: Map.groupBy(images, ({ tags }) => readMark(tags.get(backKey(source)))?.id ?? ''),
    byJob: Map.groupBy(images, ({ tags }) => tags.get(JOB_KEY) ?? ''),
  };
}

function listSnapshots(snapshots: readonly FoundSnapshot[]): ListedSnapshots {
  return {
    byId: new Map(snapshots.map((snapshot) => [snapshot.id, snapshot])),
    byVolume: Map.groupBy(snapshots, ({ tags }) => tags.get(VOLUME_KEY) ?? ''),
    retired: snapshots.filter(({ tags }) => tags.has(RETIRED_KEY)),
  };
}

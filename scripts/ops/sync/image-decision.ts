import { backKey, readMark, type SyncMark, type Tags } from './back-tags.ts';
import type { FoundImage, ImageAttributes } from './ec2-images.ts';

/** What stands in a destination, for one source image. */
export interface ImagesThere {
  /** The source's tag for this destination. */
  readonly mark: SyncMark | undefined;
  /** What that tag names, where it exists. */
  readonly marked: FoundImage | undefined;
  /** All with our back-tag for this source, dead ones included. */
  readonly backed: readonly FoundImage[];
}

export type ImageVerdict =
  | { readonly kind: 'there'; readonly copy: FoundImage }
  /** `dead`: copies that failed or are gone, for the client token. */
  | { readonly kind: 'due'; readonly dead: readonly string[] };

/** `disabled` is alive: somebody took it out of use, and another copy would undo that. */
const ALIVE = ['pending', 'available', 'disabled'];

/** What the source names comes first, with or without a back-tag: the gem wrote none. */
export function judgeImages({ mark, marked, backed }: ImagesThere): ImageVerdict {
  const rank = ({ id, state }: FoundImage): number =>
    (id === marked?.id ? 0 : 2) + (state === 'pending' ? 1 : 0);
  const alive = [...(marked ? [marked] : []), ...backed.filter(({ id }) => id !== marked?.id)]
    .filter(({ state }) => ALIVE.includes(state))
    .toSorted((a, b) => rank(a) - rank(b) || a.createdAt - b.createdAt);
  const [copy] = alive;
  if (copy) return { kind: 'there', copy };
  const named = mark === undefined ? [] : [mark.id];
  return { kind: 'due', dead: [...new Set([...backed.map(({ id }) => id), ...named])].toSorted() };
}

/** Whether this is a copy of that image, by our tag on it. */
export function isCopyOf(image: FoundImage, sourceRegion: string, sourceId: string): boolean {
  return readMark(image.tags.get(backKey(sourceRegion)))?.id === sourceId;
}

/** In what a copy differs from its source although EC2 carries it along, in words. */
export function attributeDifferences(source: ImageAttributes, copy: ImageAttributes): readonly string[] {
  const carried = [
    'architecture',
    'bootMode',
    'imdsSupport',
    'tpmSupport',
    'enaSupport',
    'rootDeviceName',
  ] as const;
  return carried
    .filter((name) => source[name] !== copy[name] && source[name] !== '')
    .map((name) => `${name} is ${copy[name] || 'not set'}, of the source ${source[name]}`);
}

/** How many tags AWS takes on one resource. */
export const MAX_TAGS = 50;

export function tooManyTags(tags: Tags): boolean {
  return tags.size > MAX_TAGS;
}

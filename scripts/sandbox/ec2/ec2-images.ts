import { ec2Answer, ec2Error, filtered, tagSet, type Ec2Action } from './ec2-query.ts';
import type { Answer } from '../wire/exchange.ts';
import { element, textElement } from '../wire/xml.ts';

export interface ImageOptions {
  readonly region: string;
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** How many volumes it has; each is a snapshot with the tags of the image. */
  readonly volumes?: number;
  /** Accounts that may launch it. */
  readonly sharedWith?: readonly string[];
}

interface Image {
  readonly id: string;
  readonly name: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly snapshots: readonly string[];
  readonly sharedWith: readonly string[];
}

interface Snapshot {
  readonly id: string;
  readonly volume: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** Images and their snapshots of all regions, for reading: nothing is copied or changed here. */
export class ImageShelf {
  readonly #account: string;
  readonly #images = new Map<string, Map<string, Image>>();
  readonly #snapshots = new Map<string, Map<string, Snapshot>>();
  #made = 0;

  constructor(account: string) {
    this.#account = account;
  }

  /** Returns the image id. */
  add({ region, name, tags = {}, volumes = 1, sharedWith = [] }: ImageOptions): string {
    const known = new Map(Object.entries(tags));
    const snapshots = Array.from({ length: volumes }, () => this.#addSnapshot(region, known));
    const id = this.#id('ami');
    const image = { id, name, tags: known, snapshots, sharedWith };
    placeIn(this.#images, region).set(id, image);
    return id;
  }

  /** As somebody does after it was made. */
  tag(region: string, id: string, key: string, value: string): void {
    const images = placeIn(this.#images, region);
    const image = images.get(id);
    if (!image) throw new Error(`no image ${id} in ${region}`);
    images.set(id, { ...image, tags: new Map(image.tags).set(key, value) });
  }

  readonly actions: Readonly<Record<string, Ec2Action>> = {
    DescribeImages: (asked, region) => {
      const users = valuesAt(asked, 'ExecutableBy');
      const images = new Map(
        [...placeIn(this.#images, region)].filter(
          ([, { sharedWith }]) => users.length === 0 || users.some((user) => sharedWith.includes(user)),
        ),
      );
      return describe({
        action: 'DescribeImages',
        list: 'imagesSet',
        asked,
        things: images,
        ids: valuesAt(asked, 'ImageId'),
        missing: (id) => ['InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`],
        valuesOf: ({ id, name, tags }, filter) =>
          tagValues(tags, filter) ?? { 'image-id': [id], name: [name], state: ['available'] }[filter],
        itemOf: (image) => imageItem(image, this.#account),
      });
    },

    DescribeSnapshots: (asked, region) =>
      describe({
        action: 'DescribeSnapshots',
        list: 'snapshotSet',
        asked,
        things: placeIn(this.#snapshots, region),
        ids: valuesAt(asked, 'SnapshotId'),
        missing: (id) => ['InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`],
        valuesOf: ({ id, volume, tags }, filter) =>
          tagValues(tags, filter) ?? { 'snapshot-id': [id], 'volume-id': [volume] }[filter],
        itemOf: (snapshot) => snapshotItem(snapshot, this.#account),
      }),

    DescribeImageAttribute: (asked, region) => {
      const image = placeIn(this.#images, region).get(asked.get('ImageId') ?? '');
      if (!image) return ec2Error(400, 'InvalidAMIID.NotFound', 'The image id does not exist');
      if (asked.get('Attribute') !== 'launchPermission')
        return ec2Error(400, 'InvalidParameterValue', 'The sandbox knows launch permissions only');
      const users = image.sharedWith.map((account) => element('item', textElement('userId', account)));
      return ec2Answer(
        'DescribeImageAttribute',
        textElement('imageId', image.id),
        element('launchPermission', ...users),
      );
    },
  };

  #addSnapshot(region: string, tags: ReadonlyMap<string, string>): string {
    const id = this.#id('snap');
    placeIn(this.#snapshots, region).set(id, { id, volume: 'vol-ffffffff', tags });
    return id;
  }

  #id(kind: string): string {
    this.#made += 1;
    return `${kind}-${this.#made.toString(16).padStart(17, '0')}`;
  }
}

/** EC2 names no more than this many at a time. */
const MOST = 1000;

interface Listing<T> {
  readonly action: string;
  readonly list: string;
  readonly asked: URLSearchParams;
  readonly things: ReadonlyMap<string, T>;
  /** When there are any, all of them have to be there. */
  readonly ids: readonly string[];
  readonly missing: (id: string) => [code: string, message: string];
  readonly valuesOf: (thing: T, filter: string) => readonly string[] | undefined;
  readonly itemOf: (thing: T) => string;
}

function describe<T>(listing: Listing<T>): Answer {
  const { action, list, asked, things, ids, missing, valuesOf, itemOf } = listing;
  const unknown = ids.find((id) => !things.has(id));
  if (unknown !== undefined) return ec2Error(400, ...missing(unknown));
  const most = asked.get('MaxResults');
  if (most !== null && ids.length > 0)
    return ec2Error(400, 'InvalidParameterCombination', 'Ids and MaxResults exclude each other');
  const named = ids.length > 0 ? ids.flatMap((id) => things.get(id) ?? []) : [...things.values()];
  const found = filtered(named, asked, valuesOf);
  if (!found) return ec2Error(400, 'InvalidParameterValue', 'A filter is invalid');
  const from = Number(asked.get('NextToken') ?? 0);
  const end = Math.min(from + Math.min(Number(most ?? MOST), MOST), found.length);
  const next = end < found.length ? textElement('nextToken', String(end)) : '';
  return ec2Answer(action, element(list, ...found.slice(from, end).map(itemOf)), next);
}

function placeIn<T>(places: Map<string, Map<string, T>>, region: string): Map<string, T> {
  const known = places.get(region);
  if (known) return known;
  const place = new Map<string, T>();
  places.set(region, place);
  return place;
}

function valuesAt(asked: URLSearchParams, list: string): readonly string[] {
  return [...asked].filter(([name]) => name.startsWith(`${list}.`)).map(([, value]) => value);
}

/** Undefined for a filter that is about something else. */
function tagValues(tags: ReadonlyMap<string, string>, filter: string): readonly string[] | undefined {
  if (filter === 'tag-key') return [...tags.keys()];
  if (!filter.startsWith('tag:')) return undefined;
  const value = tags.get(filter.slice('tag:'.length));
  return value === undefined ? [] : [value];
}

function imageItem({ id, name, tags, snapshots }: Image, owner: string): string {
  const mappings = snapshots.map((snapshot, index) =>
    element(
      'item',
      textElement('deviceName', `/dev/sd${String.fromCodePoint(97 + index)}`),
      element('ebs', textElement('snapshotId', snapshot)),
    ),
  );
  return element(
    'item',
    textElement('imageId', id),
    textElement('imageState', 'available'),
    textElement('imageOwnerId', owner),
    textElement('name', name),
    textElement('architecture', 'x86_64'),
    textElement('rootDeviceName', '/dev/sda'),
    element('blockDeviceMapping', ...mappings),
    tagSet(tags),
  );
}

function snapshotItem({ id, volume, tags }: Snapshot, owner: string): string {
  return element(
    'item',
    textElement('snapshotId', id),
    textElement('volumeId', volume),
    textElement('status', 'completed'),
    textElement('ownerId', owner),
    tagSet(tags),
  );
}

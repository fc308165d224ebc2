import { createHash } from 'node:crypto';
import { SCAN_TAG, SCANNED_TAG } from '../across/scan-tag.ts';
import type { Tags } from './bake-ec2.ts';

/** What the command line asks for, read and checked. */
export interface BakeRequest {
  readonly region: string;
  readonly base: string;
  readonly name: string;
  /** What provisions: an absolute path, and what lies there. */
  readonly provision: { readonly path: string; readonly content: Buffer };
  readonly version: string | undefined;
  readonly creator: string;
  readonly tags: Tags;
  readonly scan: 'required' | 'off';
  readonly builder: string | undefined;
  readonly device: string | undefined;
  /** The root of the image where somebody else has mounted it; undefined: it is mounted here. */
  readonly root: string | undefined;
  /** What the changes are told against: the id of an image, or the folder where the root of one is mounted. */
  readonly whatChanged: string | undefined;
  readonly isPlan: boolean;
}

/** On everything that a bake makes, with its id: how any process recognises its own. */
export const BAKE_TAG = 'landfall-bake';

export function isImageId(text: string): boolean {
  return /^ami-[0-9a-f]+$/.test(text);
}

/** Tags that a bake sets by itself. */
export const OWN_TAGS: readonly string[] = [
  BAKE_TAG,
  'base_ami_id',
  'base_ami_name',
  'creator',
  'creation_time',
  'appversion',
  SCAN_TAG,
  SCANNED_TAG,
];

/** Identifier of a bake: the same for one image in every process and on every machine. */
export function bakeId({ region, base, name }: Pick<BakeRequest, 'region' | 'base' | 'name'>): string {
  return digest(JSON.stringify([region, base, name])).slice(0, 32);
}

/** Of all that decides what the image becomes: half of another request is not to be finished as if it were this one. */
export function requestDigest(request: BakeRequest): string {
  const { base, provision, version, creator, tags, scan, root } = request;
  return digest(
    JSON.stringify([base, digest(provision.content), version, creator, [...tags], scan, root]),
  ).slice(0, 32);
}

/** Tags of image and snapshot, from their creation on. */
export function bakeTags(
  request: BakeRequest,
  baseName: string,
  createdAt: string,
  scanDigest: string | null,
): Tags {
  const { base, version, creator } = request;
  return new Map([
    ...request.tags,
    [BAKE_TAG, bakeId(request)],
    ['base_ami_id', base],
    ['base_ami_name', baseName],
    ['creator', creator],
    ['creation_time', createdAt],
    ...(version === undefined ? [] : [['appversion', version] as const]),
    ...(scanDigest === null ? [] : [[SCAN_TAG, scanDigest] as const]),
  ]);
}

function digest(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

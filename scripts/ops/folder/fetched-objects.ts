import type { Facts, LayerContent, LayerFile } from '#config-service';
import { INIT_LIMITS } from '#agent/apply/init/limits.ts';
import { prepare } from '#agent/apply/init/prepare.ts';
import type { FetchObject } from '#agent/apply/init/task.ts';
import { readPlan } from '#agent/plan/read-plan.ts';
import { LandfallError } from '#kit/errors.ts';
import { ok } from '#kit/outcome.ts';
import { createReaders } from './readers.ts';
import { workOf } from './folder-simulation.ts';

/** An object outside of the folder that instances fetch because a plan says so. */
export interface FetchedObject {
  /** `s3://bucket/key`. */
  readonly url: string;
  /** Whose plan it is: `role/web, init.app`. */
  readonly place: string;
  /** More than this no agent takes. */
  readonly maxBytes: number;
  /** The account that must own the bucket, where a plan says it. */
  readonly owner?: string;
}

/**
 * All that the init documents of these layers fetch from S3, sorted. Layer by layer, for a document belongs to its layer and
 * nothing in it hangs on the instance: so it is complete whatever tags an instance has. What a deployment fetches has its
 * digest in the properties.
 * @throws LandfallError for a document that no agent would read; `checkFolder` has told of it with its place.
 */
export async function fetchedObjects(
  layers: readonly LayerContent[],
  facts: Facts,
): Promise<readonly FetchedObject[]> {
  const { readSheet } = createReaders();
  const found = new Map<string, FetchedObject>();
  // A bucket has one owner, whichever layer says who it is.
  const owners = new Map<string, string>();
  for (const layer of layers) {
    const { plan } = readPlan([layer], readSheet);
    for (const [bucket, owner] of plan.bucketOwners) owners.set(bucket, owner);
    const files = new Map(layer.files.map((file): [string, LayerFile] => [file.path, file]));
    for (const entry of plan.init) {
      const note = (url: string, maxBytes: number): void => {
        if (!url.startsWith('s3://')) return;
        const place = `${layer.name}, init.${entry.name}`;
        found.set(url, { url, place, maxBytes: Math.max(maxBytes, found.get(url)?.maxBytes ?? 0) });
      };
      const fetch: FetchObject = async (url) => {
        note(url, INIT_LIMITS.contentBytes);
        return ok({ kind: 'found', bytes: new Uint8Array(), etag: '' });
      };
      const one = { plan: { ...plan, init: [entry] }, effective: undefined, foreign: [] };
      const work = workOf(one, facts, ({ path }) => files.get(path));
      const prepared = await prepare(work, fetch);
      if (prepared.kind !== 'ok') throw new LandfallError(prepared.fault);
      for (const { sources, packages } of prepared.value.flatMap(({ configs }) => configs)) {
        for (const { url } of sources) note(url, INIT_LIMITS.archiveBytes);
        const rpms = packages.filter(({ manager }) => manager === 'rpm');
        for (const url of rpms.flatMap(({ versions }) => versions)) note(url, INIT_LIMITS.archiveBytes);
      }
    }
  }
  return [...found.values()]
    .toSorted((a, b) => (a.url < b.url ? -1 : 1))
    .map((object) => {
      const owner = owners.get(/^s3:\/\/([^/]+)\//.exec(object.url)?.[1] ?? '');
      return owner === undefined ? object : { ...object, owner };
    });
}

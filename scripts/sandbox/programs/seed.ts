import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Sandbox } from '../sandbox.ts';

export interface Seed {
  readonly directory: string;
  /** Bucket name; `{region}` stands for the region. The buckets must exist. */
  readonly bucket: string;
  readonly prefix: string;
  readonly regions: readonly string[];
}

/**
 * Loads a directory tree into the buckets of the regions and returns how many objects that made. A tree with a folder named
 * after one of the regions is taken per region, `<directory>/<region>/...`; any other goes to all of them as it is.
 */
export async function seedRegions(
  sandbox: Sandbox,
  { directory, bucket, prefix, regions }: Seed,
): Promise<number> {
  const names = new Set(await readdir(directory));
  const perRegion = regions.some((region) => names.has(region));
  let loaded = 0;
  for (const region of regions) {
    if (perRegion && !names.has(region)) continue;
    const root = perRegion ? path.join(directory, region) : directory;
    loaded += await seedBucket(sandbox, bucket.replaceAll('{region}', region), root, prefix, region);
  }
  return loaded;
}

/**
 * Every regular file below `root` becomes an object; links are not followed. Of the `region/` layers only that of `region`
 * goes along, as `publish` does it: a region's bucket never holds what belongs to another.
 */
export async function seedBucket(
  sandbox: Sandbox,
  bucket: string,
  root: string,
  prefix: string,
  region: string,
): Promise<number> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => ({ file, relative: path.relative(root, file).split(path.sep).join('/') }))
    .filter(({ relative }) => !relative.startsWith('region/') || relative.startsWith(`region/${region}/`));
  for (const { file, relative } of files) {
    sandbox.putObject(bucket, prefix === '' ? relative : `${prefix}/${relative}`, await readFile(file));
  }
  return files.length;
}

import type { Command } from 'commander';
import { LandfallError } from '#kit/errors.ts';
import type { OpsContext } from '../console/context.ts';
import { openSite, type SiteFlags } from './open-site.ts';
import { readRegions, usage, valueOf } from '../console/options.ts';
import { readPointer, type HeldPointer, type ReleaseSite } from './release-site.ts';

/** What the commands about one region's releases share. */
export interface SiteCommandFlags extends SiteFlags {
  readonly region: string;
  readonly json?: boolean;
}

export function addSiteOptions(command: Command): Command {
  return command
    .requiredOption('--to <address>', 'where releases lie: s3://bucket-{region}/prefix')
    .requiredOption('--region <region>', 'which region')
    .option('--owner <account>', 'the account that must own the bucket')
    .option('--json', 'print JSON, errors included');
}

/** `--region` for one, `--regions` for several. @throws LandfallError `LF_USAGE` when it is not one of the two. */
export function readRegionFlags(flags: {
  readonly region?: string;
  readonly regions?: string;
}): readonly string[] {
  const { region, regions } = flags;
  if (regions !== undefined && region === undefined) return readRegions(regions);
  if (region === undefined || regions !== undefined)
    throw usage('--region', 'say --region for one or --regions for several', 'Name them as eu-west-1.');
  return [onlyRegion(region)];
}

function onlyRegion(text: string): string {
  const [region, ...others] = readRegions(text);
  if (region !== undefined && others.length === 0) return region;
  throw usage(`--region ${text}`, 'it has to be one region', 'Run it once for each region.');
}

export interface OpenedSite {
  readonly site: ReleaseSite;
  readonly held: HeldPointer;
}

/** The site with its pointer. @throws LandfallError, `LF_SOURCE_EMPTY` where nothing was published. */
export async function openPublished(flags: SiteCommandFlags, context: OpsContext): Promise<OpenedSite> {
  const site = valueOf(await openSite(onlyRegion(flags.region), flags, context));
  const held = valueOf(await readPointer(site));
  if (held) return { site, held };
  throw nothingPublished(site);
}

export function nothingPublished(site: ReleaseSite): LandfallError {
  return new LandfallError({
    code: 'LF_SOURCE_EMPTY',
    operation: 'read',
    subject: `${site.store.address}/${site.prefix}`,
    cause: 'no release was published there',
    hint: 'Check --to and --region, or publish one with `landfall-ops publish`.',
  });
}

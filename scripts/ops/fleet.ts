import type { Command } from 'commander';
import { paint } from '#agent/console/terminal.ts';
import { isoTime } from '#kit/iso-time.ts';
import { LandfallError } from '#kit/errors.ts';
import type { OpsContext } from './console/context.ts';
import { valueOf, writeOutput } from './console/options.ts';
import { fleetPage } from './fleet/fleet-page.ts';
import { readFleetRegion, type FleetRegion } from './fleet/fleet-region.ts';
import { fleetTable } from './fleet/fleet-table.ts';
import { createProgress } from './publication/progress.ts';
import type { SiteFlags } from './site/open-site.ts';
import { openPublished, readRegionFlags } from './site/site-options.ts';

interface Flags extends SiteFlags {
  readonly region?: string;
  readonly regions?: string;
  readonly html?: string;
  readonly json?: boolean;
}

export function addFleetCommand(program: Command, context: OpsContext): void {
  program
    .command('fleet')
    .description('who runs which release, refuses it or is behind, by region, role and zone')
    .requiredOption('--to <address>', 'where releases lie: s3://bucket-{region}/prefix')
    .option('--region <region>', 'which region')
    .option('--regions <regions>', 'several')
    .option('--html <file>', 'the same as a page, with a map and the course of a rollout')
    .option('--owner <account>', 'the account that must own the buckets')
    .option('--json', 'print JSON, errors included')
    .addHelpText(
      'after',
      "\nExample:\n  landfall-ops fleet --to 's3://payroll-{region}/landfall' --regions eu-west-1,us-east-1 --html fleet.html",
    )
    .action((flags: Flags) => show(flags, context));
}

/** A region that cannot be read does not hide the others; the first such failure ends the command after them. */
async function show(flags: Flags, context: OpsContext): Promise<void> {
  const { html, json } = flags;
  const names = readRegionFlags(flags);
  const now = context.clock.now();
  const regions: FleetRegion[] = [];
  const failures: { readonly region: string; readonly error: LandfallError }[] = [];
  const progress = createProgress('reading reports of region', names.length, context);
  for (const region of names) {
    try {
      const { site, held } = await openPublished({ ...flags, region }, context);
      regions.push(valueOf(await readFleetRegion(site, held.pointer, now)));
    } catch (error) {
      if (!(error instanceof LandfallError)) throw error;
      failures.push({ region, error });
    }
    progress.step();
  }
  progress.end();
  if (regions.length > 0) {
    if (html !== undefined) await writeOutput('--html', html, fleetPage(regions, now));
    context.out(json === true ? documentOf(regions, now) : fleetTable(regions, now, context));
  }
  const [first, ...others] = failures;
  for (const { region, error } of others)
    if (json !== true) context.err(`${paint(context, 'bold', region)} ${error.message}\n`);
  if (first) throw first.error;
}

function documentOf(regions: readonly FleetRegion[], now: number): string {
  const documents = regions.map(({ rollout, members, ...region }) => ({
    ...region,
    rollout: rollout && { ...rollout, takenAt: undefined, taken: rollout.takenAt.length },
    instances: members.map(({ meantSince, ...member }) => ({
      ...member,
      meantSince: isoTime(meantSince),
    })),
  }));
  return `${JSON.stringify({ at: isoTime(now), regions: documents }, null, 2)}\n`;
}

import type { Command } from 'commander';
import { settle, type Release } from '#config-service';
import { paint } from '#agent/cli/terminal.ts';
import { changesDocument, filesDocument, printChanges } from './folder/change-table.ts';
import type { OpsContext } from './context.ts';
import { changesBetween } from './folder/effective-changes.ts';
import { layersOption, readOrder, valueOf } from './options.ts';
import { releaseBefore } from './site/past-release.ts';
import { growingCandidate } from './publication/pointer-plan.ts';
import { readReleaseContent } from './site/release-content.ts';
import { readRelease } from './site/release-site.ts';
import { STAND_IN_ACCOUNT } from './folder/scenario.ts';
import {
  addSiteOptions,
  openPublished,
  type OpenedSite,
  type SiteCommandFlags,
} from './site/site-options.ts';

interface Flags extends SiteCommandFlags {
  readonly layers?: string;
}

export function addDiffCommand(program: Command, context: OpsContext): void {
  addSiteOptions(program.command('diff'))
    .argument('[from]', 'a release; the one before when left out')
    .argument('[until]', 'a release; the newest that is pointed to when left out')
    .description('what one release changes for the instances of a region, against another')
    .addOption(layersOption())
    .addHelpText(
      'after',
      "\nExample:\n  landfall-ops diff --to 's3://payroll-{region}/landfall' --region eu-west-1",
    )
    .action(async (from: string | undefined, until: string | undefined, flags: Flags) => {
      const order = readOrder(flags.layers);
      const opened = await openPublished(flags, context);
      const { site } = opened;
      const [before, after] = await chooseReleases(opened, from, until, context.clock.now());
      const old = valueOf(await readReleaseContent(site, before));
      const known = new Map(
        old.flatMap(({ files }) => files.map(({ sha256, bytes }) => [sha256, bytes] as const)),
      );
      const fresh = valueOf(await readReleaseContent(site, after, known));
      const standIn = { account: flags.owner ?? STAND_IN_ACCOUNT };
      const changes = changesBetween(old, fresh, site.region, order, standIn);
      if (flags.json === true) {
        const document = {
          region: site.region,
          from: before.id,
          to: after.id,
          changes: changesDocument(changes),
          files: filesDocument(changes),
        };
        context.out(`${JSON.stringify(document, null, 2)}\n`);
      } else {
        context.out(
          `${paint(context, 'bold', site.region)}  ${before.id} -> ${after.id}\n${printChanges(changes, context)}`,
        );
      }
    });
}

/** A rollout that grows is compared with the release it is to replace. */
async function chooseReleases(
  { site, held: { pointer } }: OpenedSite,
  from: string | undefined,
  until: string | undefined,
  now: number,
): Promise<readonly [before: Release, after: Release]> {
  const { stable } = settle(pointer, now);
  const growing = growingCandidate(pointer, now);
  const after = until === undefined ? (growing ?? stable) : valueOf(await readRelease(site, until));
  if (from !== undefined) return [valueOf(await readRelease(site, from)), after];
  return [growing && after === growing ? stable : await releaseBefore(site, pointer, after, now), after];
}

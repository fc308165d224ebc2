import type { Command } from 'commander';
import { settle, type Release } from '#config-service';
import { paint } from '#agent/console/terminal.ts';
import { changesDocument, filesDocument, printChanges } from './folder/change-table.ts';
import type { OpsContext } from './console/context.ts';
import { changesBetween } from './folder/effective-changes.ts';
import { readConfigFolder, type ConfigFolder } from './folder/config-folder.ts';
import { faultOfProblems, isNotEmpty } from './folder/problem-list.ts';
import { layersOption, readOrder, usage, valueOf } from './console/options.ts';
import { draftFor } from './publication/release-draft.ts';
import { LandfallError } from '#kit/errors.ts';
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
  readonly folder?: string;
}

export function addDiffCommand(program: Command, context: OpsContext): void {
  addSiteOptions(program.command('diff'))
    .argument('[from]', 'a release; the one before when left out')
    .argument('[until]', 'a release; the newest that is pointed to when left out')
    .description('what one release changes for the instances of a region, against another')
    .option(
      '--folder <dir>',
      'a folder, against what runs: what publishing it would change, without the right to',
    )
    .addOption(layersOption())
    .addHelpText(
      'after',
      "\nExample:\n  landfall-ops diff --to 's3://payroll-{region}/landfall' --region eu-west-1",
    )
    .action(async (from: string | undefined, until: string | undefined, flags: Flags) => {
      const order = readOrder(flags.layers);
      const opened = await openPublished(flags, context);
      const { site } = opened;
      const now = context.clock.now();
      const [before, after] =
        flags.folder === undefined
          ? await chooseReleases(opened, from, until, now)
          : [await chooseLive(opened, from, until, now), undefined];
      const old = valueOf(await readReleaseContent(site, before));
      const known = new Map(
        old.flatMap(({ files }) => files.map(({ sha256, bytes }) => [sha256, bytes] as const)),
      );
      const fresh = after
        ? valueOf(await readReleaseContent(site, after, known))
        : draftFor(await readFolder(flags.folder ?? '', order), site.region).contents;
      const to = after?.id ?? flags.folder ?? '';
      const standIn = { account: flags.owner ?? STAND_IN_ACCOUNT };
      const changes = changesBetween(old, fresh, site.region, order, standIn);
      if (flags.json === true) {
        const document = {
          region: site.region,
          from: before.id,
          to,
          changes: changesDocument(changes),
          files: filesDocument(changes),
        };
        context.out(`${JSON.stringify(document, null, 2)}\n`);
      } else {
        context.out(
          `${paint(context, 'bold', site.region)}  ${before.id} -> ${to}\n${printChanges(changes, context)}`,
        );
      }
    });
}

/** What a folder is compared with: the release named, else the newest that is pointed to. @throws LandfallError `LF_USAGE`. */
async function chooseLive(
  { site, held: { pointer } }: OpenedSite,
  from: string | undefined,
  until: string | undefined,
  now: number,
): Promise<Release> {
  if (until !== undefined) throw usage(until, '--folder is compared with one release', 'Name one, or none.');
  if (from !== undefined) return valueOf(await readRelease(site, from));
  return growingCandidate(pointer, now) ?? settle(pointer, now).stable;
}

async function readFolder(dir: string, order: readonly string[]): Promise<ConfigFolder> {
  const folder = valueOf(await readConfigFolder(dir, order));
  const { problems } = folder;
  if (isNotEmpty(problems)) throw new LandfallError(faultOfProblems(problems, 'compare', dir));
  return folder;
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

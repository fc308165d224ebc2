import type { Command } from 'commander';
import { settle, type Pointer, type Release } from '#config-service';
import { paint } from '#agent/cli/terminal.ts';
import { printChanges, changesDocument } from './folder/change-table.ts';
import type { OpsContext } from './context.ts';
import { changesBetween } from './folder/effective-changes.ts';
import { layersOption, readOrder, usage, valueOf } from './options.ts';
import { releaseBefore } from './site/past-release.ts';
import { growingCandidate } from './publication/pointer-plan.ts';
import { readReleaseContent } from './site/release-content.ts';
import { movePointer, readRelease, type ReleaseSite } from './site/release-site.ts';
import { STAND_IN_ACCOUNT } from './folder/scenario.ts';
import { addSiteOptions, openPublished, type SiteCommandFlags } from './site/site-options.ts';

interface Flags extends SiteCommandFlags {
  readonly layers?: string;
  readonly dryRun?: boolean;
}

export function addRollbackCommand(program: Command, context: OpsContext): void {
  addSiteOptions(program.command('rollback'))
    .argument(
      '[release]',
      'which one; when left out, the one before, or out of the rollout that is under way',
    )
    .description('point a region to a release it had before')
    .option('--dry-run', 'show what would change, and write nothing')
    .addOption(layersOption())
    .addHelpText(
      'after',
      "\nExample:\n  landfall-ops rollback --to 's3://payroll-{region}/landfall' --region eu-west-1",
    )
    .action((release: string | undefined, flags: Flags) => rollback(release, flags, context));
}

async function rollback(wanted: string | undefined, flags: Flags, context: OpsContext): Promise<void> {
  const order = readOrder(flags.layers);
  const { site, held } = await openPublished(flags, context);
  const now = context.clock.now();
  const current = growingCandidate(held.pointer, now) ?? settle(held.pointer, now).stable;
  const target = await chooseTarget(site, held.pointer, wanted, now);
  const next: Pointer = { region: site.region, stable: target };
  if (held.pointer.candidate === undefined && held.pointer.stable.id === target.id) {
    throw usage(`the release ${target.id}`, `${site.region} runs it already`, 'Name another one.');
  }
  // Read whole before anything moves: a release whose objects are gone helps nobody.
  const content = valueOf(await readReleaseContent(site, target));
  const known = new Map(
    content.flatMap(({ files }) => files.map(({ sha256, bytes }) => [sha256, bytes] as const)),
  );
  const before = await readReleaseContent(site, current, known);
  const standIn = { account: flags.owner ?? STAND_IN_ACCOUNT };
  // What is damaged now must not stop the way back.
  const changes = changesBetween(
    before.kind === 'ok' ? before.value : [],
    content,
    site.region,
    order,
    standIn,
  );
  if (flags.json !== true) {
    context.out(
      `${paint(context, 'bold', site.region)}  ${current.id} -> ${target.id}\n${printChanges(changes, context)}`,
    );
  }
  if (flags.dryRun !== true) valueOf(await movePointer(site, held, next));
  const state = flags.dryRun === true ? 'planned' : 'rolled back';
  if (flags.json === true) {
    const document = {
      region: site.region,
      state,
      from: current.id,
      to: target.id,
      changes: changesDocument(changes),
    };
    context.out(`${JSON.stringify(document, null, 2)}\n`);
  } else {
    context.out(
      `${paint(context, 'green', state)}: ${site.region} ${flags.dryRun === true ? 'would run' : 'runs'} ${target.id}\n`,
    );
  }
}

async function chooseTarget(
  site: ReleaseSite,
  pointer: Pointer,
  wanted: string | undefined,
  now: number,
): Promise<Release> {
  if (wanted !== undefined) return valueOf(await readRelease(site, wanted));
  const { stable } = settle(pointer, now);
  return growingCandidate(pointer, now) ? stable : releaseBefore(site, stable);
}

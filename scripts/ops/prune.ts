import type { Command } from 'commander';
import { gather, type Pointer, type Release } from '#config-service';
import { alignColumns, paint } from '#agent/console/terminal.ts';
import type { Fault } from '#kit/errors.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import type { OpsContext } from './console/context.ts';
import { readSpan, usage, valueOf } from './console/options.ts';
import { createProgress } from './publication/progress.ts';
import type { SiteFlags } from './site/open-site.ts';
import { doomedOf, keptReleases, type Doomed, type PruneRule } from './site/prune-plan.ts';
import type { StoredEntry } from './site/publish-store.ts';
import { addressOf, keyOf, readPointer, readRelease, type ReleaseSite } from './site/release-site.ts';
import { openPublished, readRegionFlags } from './site/site-options.ts';

interface Flags extends SiteFlags {
  readonly region?: string;
  readonly regions?: string;
  readonly keep: string;
  readonly olderThan: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

interface Pruning {
  readonly site: ReleaseSite;
  /** Entity tag of the pointer that the plan was made from. */
  readonly etag: string;
  readonly kept: readonly Release[];
  readonly doomed: Doomed;
}

export function addPruneCommand(program: Command, context: OpsContext): void {
  program
    .command('prune')
    .description('remove releases that no rollback may want, and content and reports that no release needs')
    .requiredOption('--to <address>', 'where releases lie: s3://bucket-{region}/prefix')
    .option('--region <region>', 'which region')
    .option('--regions <regions>', 'several')
    .option('--keep <n>', 'releases of the way back that stay, however old', '20')
    .option('--older-than <duration>', 'what was written since stays, whatever it is', '30d')
    .option('--yes', 'remove; without it nothing is')
    .option('--owner <account>', 'the account that must own the buckets')
    .option('--json', 'print JSON, errors included')
    .addHelpText(
      'after',
      "\nExample:\n  landfall-ops prune --to 's3://payroll-{region}/landfall' --regions eu-west-1,us-east-1 --older-than 90d",
    )
    .action((flags: Flags) => prune(flags, context));
}

/** All regions are looked at before the first thing is removed. */
async function prune(flags: Flags, context: OpsContext): Promise<void> {
  const rule = { keep: readKeep(flags.keep), olderThanMs: readSpan('--older-than', flags.olderThan, '30d') };
  const plans: Pruning[] = [];
  for (const region of readRegionFlags(flags)) plans.push(await planPruning(region, rule, flags, context));
  const acts = flags.yes === true;
  if (flags.json !== true) context.out(screen(plans, acts, context));
  if (acts) for (const plan of plans) valueOf(await remove(plan, context));
  if (flags.json === true)
    context.out(`${JSON.stringify({ removed: acts, regions: plans.map(documentOf) }, null, 2)}\n`);
  else if (!acts) context.out('nothing was removed: say --yes\n');
}

async function planPruning(
  region: string,
  rule: PruneRule,
  flags: Flags,
  context: OpsContext,
): Promise<Pruning> {
  const { site, held } = await openPublished({ ...flags, region }, context);
  const { pointer, etag } = held;
  const now = context.clock.now() + (site.store.skewMs ?? 0);
  const below = async (folder: string): Promise<readonly StoredEntry[]> => {
    const cut = keyOf(site, '').length;
    const entries = valueOf(await site.store.entries(keyOf(site, folder)));
    return entries.map((entry) => ({ ...entry, key: entry.key.slice(cut) }));
  };
  const content = {
    history: await below('history/'),
    objects: await below('objects/'),
    health: await below('health/'),
  };
  const ids = keptReleases(pointer, content.history, rule, now);
  // One that is kept and cannot be read may need anything: then nothing is removed.
  const recorded = valueOf(await gather([...ids], PARALLEL, (id) => readRelease(site, id)));
  const kept = [...runningOf(pointer), ...recorded];
  return { site, etag, kept, doomed: doomedOf(content, kept, rule, now) };
}

function runningOf({ stable, candidate }: Pointer): readonly Release[] {
  return [stable, ...(candidate ? [candidate.release] : [])];
}

const PARALLEL = 16;
/** Between two looks at the pointer. */
const BATCH = 100;

/**
 * Records first: what is killed half way leaves objects that nothing names, never a release without its objects. Whoever
 * publishes meanwhile may count on an object that is there: the pointer is looked at before each batch, and after the last.
 */
async function remove({ site, etag, doomed }: Pruning, context: OpsContext): Promise<Outcome<void>> {
  const all = [...doomed.records, ...doomed.reports, ...doomed.objects];
  const progress = createProgress(`${site.region}: removed`, all.length, context);
  try {
    for (let from = 0; from < all.length; from += BATCH) {
      const standing = await stillStands(site, etag);
      if (standing.kind !== 'ok') return standing;
      const removed = await gather(all.slice(from, from + BATCH), PARALLEL, async ({ key }) => {
        const gone = await site.store.remove(keyOf(site, key));
        progress.step();
        return gone;
      });
      if (removed.kind !== 'ok') return removed;
    }
    return all.length === 0 ? ok(undefined) : await stillStands(site, etag);
  } finally {
    progress.end();
  }
}

async function stillStands(site: ReleaseSite, etag: string): Promise<Outcome<void>> {
  const now = await readPointer(site);
  if (now.kind !== 'ok') return now;
  return now.value?.etag === etag ? ok(undefined) : { kind: 'fail', fault: moved(site) };
}

function moved(site: ReleaseSite): Fault {
  return {
    code: 'LF_PUBLISH_CONFLICT',
    operation: 'prune beside',
    subject: addressOf(site, 'current.json'),
    cause: 'somebody moved the pointer meanwhile, and what was removed until then may be what it needs',
    hint: 'Run that publication once more, which writes what is missing; then prune, one job at a time.',
  };
}

function screen(plans: readonly Pruning[], acts: boolean, context: OpsContext): string {
  const verb = acts ? 'removes' : 'would remove';
  return alignColumns(
    plans.map(({ site, kept, doomed }) => {
      const { records, reports, objects } = doomed;
      const bytes = [...records, ...reports, ...objects].reduce((sum, { size }) => sum + size, 0);
      return [
        paint(context, 'bold', site.region),
        `keeps ${counted(new Set(kept.map(({ id }) => id)).size, 'release')}`,
        `${verb} ${counted(records.length, 'release')}, ${counted(objects.length, 'object')}, ${counted(reports.length, 'report')}`,
        `${(bytes / 1_000_000).toFixed(1)} MB`,
      ];
    }),
    context.columns,
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function documentOf({ site, kept, doomed }: Pruning): object {
  return {
    region: site.region,
    kept: [...new Set(kept.map(({ id }) => id))].toSorted(),
    releases: keysOf(doomed.records),
    objects: keysOf(doomed.objects),
    reports: keysOf(doomed.reports),
  };
}

function keysOf(entries: readonly StoredEntry[]): readonly string[] {
  return entries.map(({ key }) => key);
}

function readKeep(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw usage(`--keep ${text}`, 'it is no whole number above 0', 'Write it as --keep 20.');
}

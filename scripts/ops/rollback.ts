import type { Command } from 'commander';
import { LandfallError } from '#kit/errors.ts';
import { paint } from '#agent/console/terminal.ts';
import type { OpsContext } from './console/context.ts';
import { changesDocument, filesDocument, printChanges } from './folder/change-table.ts';
import { layersOption, readOrder } from './console/options.ts';
import { planReturn, type Return, type ReturnFlags } from './publication/return-plan.ts';
import { movedOrFault, movePointer } from './site/release-site.ts';
import { readRegionFlags } from './site/site-options.ts';

interface Flags extends ReturnFlags {
  readonly region?: string;
  readonly regions?: string;
  readonly layers?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addRollbackCommand(program: Command, context: OpsContext): void {
  program
    .command('rollback')
    .argument(
      '[release]',
      'which one; when left out, what was stable before, or out of the rollout that is under way',
    )
    .description('point regions to a release they had before')
    .requiredOption('--to <address>', 'where releases lie: s3://bucket-{region}/prefix')
    .option('--region <region>', 'which region')
    .option('--regions <regions>', 'which regions, in the order they are moved')
    .option('--message <text>', 'why, for `landfall-ops releases`')
    .option('--owner <account>', 'the account that must own the buckets')
    .option('--sign <key>', 'what publish signs with: instances that trust a key follow no other way back')
    .option('--unsigned', 'although what runs is signed: instances that trust a key stay where they are')
    .option('--allow-unsigned', 'sign the release even when this key has not signed it before')
    .option('--dry-run', 'show what would change, and write nothing')
    .option('--yes', 'do not ask')
    .addOption(layersOption())
    .option('--json', 'print JSON, errors included')
    .addHelpText(
      'after',
      "\nExample:\n  landfall-ops rollback --to 's3://payroll-{region}/landfall' --regions eu-west-1,us-east-1 \\\n" +
        "    --message 'errors at login' --sign release.pem",
    )
    .action((release: string | undefined, flags: Flags) => rollback(release, flags, context));
}

async function rollback(wanted: string | undefined, flags: Flags, context: OpsContext): Promise<void> {
  const order = readOrder(flags.layers);
  const regions = readRegionFlags(flags);
  const plans: Return[] = [];
  for (const region of regions) plans.push(await planReturn(region, wanted, order, flags, context));
  const show = (text: string): void => (flags.json === true ? undefined : context.out(text));
  for (const { site, from, target, changes } of plans)
    show(
      `${paint(context, 'bold', site.region)}  ${from} -> ${target.id}\n${printChanges(changes, context)}`,
    );
  const isDry = flags.dryRun === true;
  if (!isDry && flags.yes !== true && flags.json !== true && context.ask) {
    const moves = plans.map(({ site, from, target }) => `${site.region} from ${from} to ${target.id}`);
    if (!(await context.ask(`Roll back ${moves.join(', ')}?`))) throw declined(regions);
  }
  const moved: string[] = [];
  for (const { site, held, target, next } of plans) {
    if (!isDry) {
      const done = movedOrFault(await movePointer(site, held, next));
      if (done.kind !== 'ok') throw new LandfallError(stoppedAt(done.fault, moved, site.region));
    }
    moved.push(site.region);
    const state = isDry ? 'planned' : 'rolled back';
    show(`${paint(context, 'green', state)}: ${site.region} ${isDry ? 'would run' : 'runs'} ${target.id}\n`);
  }
  if (flags.json !== true) return;
  const documents = plans.map((plan) => documentOf(plan, isDry));
  const document = flags.regions === undefined ? documents[0] : { regions: documents };
  context.out(`${JSON.stringify(document, null, 2)}\n`);
}

function documentOf({ site, from, target, changes }: Return, isDry: boolean): object {
  const state = isDry ? 'planned' : 'rolled back';
  return {
    region: site.region,
    state,
    from,
    to: target.id,
    changes: changesDocument(changes),
    files: filesDocument(changes),
  };
}

function stoppedAt(fault: LandfallError['fault'], moved: readonly string[], region: string) {
  if (moved.length === 0) return fault;
  return { ...fault, cause: `${fault.cause} (${moved.join(', ')} rolled back, ${region} not)` };
}

function declined(regions: readonly string[]): LandfallError {
  return new LandfallError({
    code: 'LF_INTERRUPTED',
    operation: 'roll back',
    subject: regions.join(', '),
    cause: 'the answer was no; nothing was written',
    hint: 'Run it again when you are ready, or name the release to go to.',
  });
}

import type { Command } from 'commander';
import { describeProblem, LandfallError } from '#kit/errors.ts';
import { paint } from '#agent/console/terminal.ts';
import { readConfigFolder } from './folder/config-folder.ts';
import type { OpsContext } from './console/context.ts';
import { checkFolder } from './folder/folder-check.ts';
import { haltOnOption } from './follow.ts';
import { layersOption, readOrder, readRegions, readSpan, usage, valueOf } from './console/options.ts';
import { requireAlarms } from './publication/alarm-states.ts';
import { readHaltRule, type HaltRule } from './publication/halt-rule.ts';
import { haltedFault, watchRollouts } from './publication/rollout-watch.ts';
import { faultOfProblems, isNotEmpty } from './folder/problem-list.ts';
import {
  preparePublication,
  refuseShrunk,
  type PublishFlags,
  type RegionPublication,
} from './publication/publication.ts';
import { publicationDocument, printPlan, printResults } from './publication/publication-report.ts';
import { runPublication, type RegionResult } from './publication/publication-run.ts';
import { refuseUnvouched } from './publication/voucher.ts';
import { describeSkew } from './site/clock-skew.ts';
import { STAND_IN_ACCOUNT } from './folder/scenario.ts';

interface Flags extends PublishFlags {
  readonly regions: string;
  readonly layers?: string;
  readonly allowShrink?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
  /** Stays until the rollout is over, and halts it. */
  readonly haltOn: readonly string[];
  readonly settle: string;
}

export function addPublishCommand(program: Command, context: OpsContext): void {
  program
    .command('publish')
    .argument('<dir>', 'the folder with base/, role/, ...')
    .description('make a release of a folder and point the regions to it, one after the other')
    .requiredOption('--to <address>', 'where releases lie: s3://bucket-{region}/prefix')
    .requiredOption('--regions <regions>', 'which regions, in the order they are moved')
    .option('--message <text>', 'what this release is for')
    .option('--sign <key>', 'an Ed25519 private key in PEM, or kms:KEY (id, alias/NAME or ARN)')
    .option('--allow-unvouched', 'sign even when an object that init documents fetch cannot be read')
    .option('--rollout <steps>', 'shares of the instances and how long each lasts: 10%:10m,50%:10m,100%')
    .addOption(haltOnOption())
    .option(
      '--settle <duration>',
      'with --halt-on: how long it is looked after when the last step has begun',
      '2m',
    )
    .option('--expect <release>', 'only where this release runs, or `none`: an older job must not win')
    .option('--resume', 'although the same content was halted or rolled back from')
    .option('--owner <account>', 'the account that must own the buckets')
    .option('--allow-shrink', 'even when instances lose more than half of their keys')
    .option('--dry-run', 'show what would change, and write nothing')
    .option('--yes', 'do not ask')
    .addOption(layersOption())
    .option('--json', 'print JSON, errors included')
    .addHelpText(
      'after',
      "\nExample:\n  landfall-ops publish examples/payroll --to 's3://payroll-{region}/landfall' \\\n" +
        "    --regions eu-west-1,us-east-1 --message 'new tax rules' --rollout 10%:10m,50%:10m,100%",
    )
    .action((dir: string, flags: Flags) => publish(dir, flags, context));
}

async function publish(dir: string, flags: Flags, context: OpsContext): Promise<void> {
  const order = readOrder(flags.layers);
  const regions = readRegions(flags.regions);
  const rule = readRule(flags, regions);
  const settleMs = readSpan('--settle', flags.settle, '15s or 2m');
  const folder = valueOf(await readConfigFolder(dir, order));
  const standIn = { account: flags.owner ?? STAND_IN_ACCOUNT };
  const check = valueOf(await checkFolder(folder, regions, order, standIn));
  warn(check.warnings.map(describeProblem), context);
  if (isNotEmpty(check.problems)) throw new LandfallError(faultOfProblems(check.problems, 'publish', dir));

  if (rule) await requireAlarms(rule, regions, context, true);
  const publications = await preparePublication(folder, regions, order, flags, context);
  const unvouched = publications.flatMap((publication) => publication.unvouched);
  if (flags.allowUnvouched !== true) refuseUnvouched(unvouched, dir);
  warn(
    [
      ...unvouched.map(describeProblem),
      ...unsignedOver(publications),
      ...[describeSkew(publications[0]?.site.store.skewMs ?? 0)].filter((text) => text !== undefined),
      ...shortSteps(publications[0]),
    ],
    context,
  );
  const show = (text: string): void => (flags.json === true ? undefined : context.out(text));
  const report = (results: readonly RegionResult[]): void => {
    if (flags.json === true) context.out(publicationDocument(publications, results, flags.dryRun === true));
    else context.out(printResults(publications, results, context));
  };
  show(printPlan(publications, context));
  if (flags.allowShrink !== true) refuseShrunk(publications, dir);
  if (flags.dryRun === true) {
    report(publications.map(({ region }) => ({ region, state: 'planned', written: 0, present: 0 })));
    return;
  }
  if (
    flags.yes !== true &&
    flags.json !== true &&
    context.ask &&
    publications.some(({ plan }) => plan.kind === 'moves')
  ) {
    if (!(await context.ask(`Move ${regions.join(', ')}?`))) throw new LandfallError(declined(dir));
  }
  const results = await runPublication(publications, context);
  report(results);
  const failed = results.find(({ fault }) => fault !== undefined);
  if (failed?.fault) throw new LandfallError(stoppedAt(failed.fault, results));
  if (rule) await lookAfter(results, rule, settleMs, flags, context);
}

function readRule({ haltOn, rollout }: Flags, regions: readonly string[]): HaltRule | undefined {
  if (haltOn.length === 0) return undefined;
  if (rollout === undefined)
    throw usage('--halt-on', 'there is nothing to halt without --rollout', 'Say --rollout 10%:10m,100%.');
  return readHaltRule(haltOn, regions);
}

/** Until the rollout is over. What was published before, and is everybody's, is looked after no more. */
async function lookAfter(
  results: readonly RegionResult[],
  rule: HaltRule,
  settleMs: number,
  flags: Flags,
  context: OpsContext,
): Promise<void> {
  const regions = results.map(({ region }) => region);
  const say = (text: string): void => (flags.json === true ? context.err(text) : context.out(text));
  const watched = await watchRollouts(
    regions,
    flags,
    { rule, pollMs: FOLLOW_MS, settleMs, once: false, say },
    context,
  );
  const fault = haltedFault(watched);
  if (fault) throw new LandfallError(fault);
}

/** As the default of `landfall-ops follow`. */
const FOLLOW_MS = 15_000;

/** What is signed now is not any more: instances that trust keys stay with what they have. */
function unsignedOver(publications: readonly RegionPublication[]): readonly string[] {
  return publications.flatMap(({ region, held, plan, trustedKey }) =>
    trustedKey === undefined && plan.kind === 'moves' && held?.pointer.sequence !== undefined
      ? [
          `${region} runs a signed release, and this one is not: instances with LANDFALL_TRUSTED_KEYS refuse it; say --sign KEY`,
        ]
      : [],
  );
}

/** Steps that are over before every instance has looked once, by the agents' default. */
function shortSteps(publication: RegionPublication | undefined): readonly string[] {
  const steps = publication?.plan.kind === 'moves' ? (publication.plan.next.candidate?.steps ?? []) : [];
  const isShort = steps.some(
    ({ afterMs }, index) => afterMs - (steps[index - 1]?.afterMs ?? -Infinity) < POLL_MS,
  );
  return isShort ? ['a step of the rollout is shorter than the 30 s after which instances look again'] : [];
}

const POLL_MS = 30_000;

/** The failure, and in its cause what stands where: half a publication must be no riddle. */
function stoppedAt(fault: NonNullable<RegionResult['fault']>, results: readonly RegionResult[]) {
  const where = results.map(({ region, state }) => `${region} ${state}`).join(', ');
  return { ...fault, cause: `${fault.cause} (${where})` };
}

function declined(subject: string) {
  const hint = 'Run it again when you are ready.';
  return {
    code: 'LF_INTERRUPTED',
    operation: 'publish',
    subject,
    cause: 'the answer was no; nothing was written',
    hint,
  } as const;
}

function warn(warnings: readonly string[], context: OpsContext): void {
  const label = paint({ colour: context.colour && context.errIsTerminal }, 'yellow', 'warning');
  for (const warning of warnings) context.err(`${label}: ${warning}\n`);
}

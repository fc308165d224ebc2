import { Option, type Command } from 'commander';
import { LandfallError } from '#kit/errors.ts';
import type { OpsContext } from './console/context.ts';
import { collect, readSpan } from './console/options.ts';
import { requireAlarms } from './publication/alarm-states.ts';
import { readHaltRule } from './publication/halt-rule.ts';
import { noRollout } from './publication/rollout-halt.ts';
import { haltedFault, watchRollouts, type WatchedRegion } from './publication/rollout-watch.ts';
import type { SiteFlags } from './site/open-site.ts';
import { readRegionFlags } from './site/site-options.ts';

interface Flags extends SiteFlags {
  readonly region?: string;
  readonly regions?: string;
  readonly haltOn: readonly string[];
  readonly poll: string;
  readonly settle: string;
  readonly once?: boolean;
  readonly json?: boolean;
}

export const haltOnOption = (): Option =>
  new Option(
    '--halt-on <share or alarm>',
    'halt in all regions when so many of the instances failed: 5%, or 5%:3 for three at least; or when the alarm of this name or ARN is in alarm; may be given several times',
  )
    .argParser(collect)
    .default([]);

export function addFollowCommand(program: Command, context: OpsContext): void {
  program
    .command('follow')
    .description(
      'look after a rollout until it is over, and halt it when too many instances fail or an alarm tells of trouble',
    )
    .requiredOption('--to <address>', 'where releases lie: s3://bucket-{region}/prefix')
    .option('--region <region>', 'which region')
    .option('--regions <regions>', 'several: failures in one halt all')
    .addOption(haltOnOption())
    .option('--poll <duration>', 'how often it is looked at', '15s')
    .option('--settle <duration>', 'how long after the last step began', '2m')
    .option('--once', 'look once: for a schedule that comes again')
    .option('--owner <account>', 'the account that must own the buckets')
    .option('--json', 'print JSON, errors included')
    .addHelpText(
      'after',
      "\nExample:\n  landfall-ops follow --to 's3://payroll-{region}/landfall' --regions eu-west-1,us-east-1 --halt-on 5%:3",
    )
    .action((flags: Flags) => follow(flags, context));
}

async function follow(flags: Flags, context: OpsContext): Promise<void> {
  const regions = readRegionFlags(flags);
  const { haltOn, once, json } = flags;
  const rule = haltOn.length === 0 ? undefined : readHaltRule(haltOn, regions);
  if (rule) await requireAlarms(rule, regions, context, false);
  const watched = await watchRollouts(
    regions,
    flags,
    {
      ...(rule === undefined ? {} : { rule }),
      pollMs: readSpan('--poll', flags.poll, '15s or 2m', 200),
      settleMs: readSpan('--settle', flags.settle, '15s or 2m'),
      once: once === true,
      say: (text) => (json === true ? context.err(text) : context.out(text)),
    },
    context,
  );
  if (json === true) context.out(`${JSON.stringify({ regions: watched.map(documentOf) }, null, 2)}\n`);
  const fault = haltedFault(watched);
  if (fault) throw new LandfallError(fault);
  if (watched.every(({ state }) => state === 'none'))
    throw noRollout('follow', flags, 'Begin one with `landfall-ops publish --rollout`.');
}

export function documentOf({ region, state, release, percent, adoption, reason }: WatchedRegion): object {
  return {
    region,
    state,
    release,
    percent,
    instances: adoption && { ok: adoption.ok, failed: Object.fromEntries(adoption.failed) },
    reason: reason ?? null,
  };
}

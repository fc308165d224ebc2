import type { Command } from 'commander';
import { paint } from '#agent/console/terminal.ts';
import { LandfallError } from '#kit/errors.ts';
import type { OpsContext } from './console/context.ts';
import { valueOf } from './console/options.ts';
import { haltSite, noRollout, type Halted } from './publication/rollout-halt.ts';
import type { SiteFlags } from './site/open-site.ts';
import { openPublished, readRegionFlags } from './site/site-options.ts';

interface Flags extends SiteFlags {
  readonly region?: string;
  readonly regions?: string;
  readonly reason: string;
  readonly json?: boolean;
}

interface HaltedRegion extends Halted {
  readonly region: string;
  /** What its instances go back to. */
  readonly stable: string;
}

export function addHaltCommand(program: Command, context: OpsContext): void {
  program
    .command('halt')
    .description('stop the rollout of regions: their instances go back to the stable release')
    .requiredOption('--to <address>', 'where releases lie: s3://bucket-{region}/prefix')
    .option('--region <region>', 'which region')
    .option('--regions <regions>', 'several; one that cannot be halted does not keep the others')
    .option('--reason <text>', 'why, for `landfall-ops releases`', 'halted by an operator')
    .option('--owner <account>', 'the account that must own the buckets')
    .option('--json', 'print JSON, errors included')
    .addHelpText(
      'after',
      "\nExample:\n  landfall-ops halt --to 's3://payroll-{region}/landfall' --regions eu-west-1,us-east-1 --reason 'errors at login'",
    )
    .action((flags: Flags) => halt(flags, context));
}

/** Who halts is in a hurry: a region that fails is told after the others were halted. */
async function halt(flags: Flags, context: OpsContext): Promise<void> {
  const done: HaltedRegion[] = [];
  const failures: LandfallError[] = [];
  const regions = readRegionFlags(flags);
  for (const region of regions) {
    try {
      const one = await haltRegion(region, flags, context);
      done.push(one);
      if (flags.json !== true) context.out(describe(one, context));
    } catch (error) {
      if (!(error instanceof LandfallError)) throw error;
      failures.push(error);
      if (flags.json !== true && regions.length > 1)
        context.out(`${paint(context, 'red', 'failed')}: ${region}: ${error.message}\n`);
    }
  }
  if (flags.json === true && done.length > 0) {
    const documents = done.map(documentOf);
    context.out(
      `${JSON.stringify(flags.regions === undefined ? documents[0] : { regions: documents }, null, 2)}\n`,
    );
  }
  const [failure] = failures;
  if (failure) throw failure;
  if (done.every(({ release }) => release === undefined))
    throw noRollout('halt', flags, 'To go back to an earlier release, use `landfall-ops rollback`.');
}

async function haltRegion(region: string, flags: Flags, context: OpsContext): Promise<HaltedRegion> {
  const opened = await openPublished({ ...flags, region }, context);
  const halted = valueOf(await haltSite(opened, flags.reason, context));
  return { region, stable: opened.held.pointer.stable.id, ...halted };
}

function describe({ region, stable, release, changed }: HaltedRegion, context: OpsContext): string {
  if (release === undefined) return '';
  const again = changed ? '' : ' already';
  return `${paint(context, 'green', 'halted')}${again}: ${release} in ${region}; instances go back to ${stable}\n`;
}

function documentOf({ region, stable, release, changed }: HaltedRegion): object {
  const state = release === undefined ? 'none' : 'halted';
  return { region, state, release: release ?? null, current: stable, changed };
}

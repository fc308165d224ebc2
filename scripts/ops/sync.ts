import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { Finish } from '#agent/console/command-line.ts';
import { paint } from '#agent/console/terminal.ts';
import { errnoOrText } from '#kit/errno.ts';
import { acrossOptions, isPlan, readTimes, type AcrossFlags, type PlanFlags } from './across/options.ts';
import { createPatience } from './across/patience.ts';
import { stateFolderOf } from './across/state-folder.ts';
import type { OpsContext } from './console/context.ts';
import { usage } from './console/options.ts';
import { readSyncConfig } from './sync/config-file.ts';
import type { JobReading } from './sync/job-reading.ts';
import type { LeasePlace } from './sync/lease-place.ts';
import { leaseLost, type Lease } from './sync/lease.ts';
import type { JobReport } from './sync/region-report.ts';
import { createWaitBoard } from './sync/wait-board.ts';
import { documentOf, errorsOf, exitCodeFor, screenOf } from './sync/report.ts';

interface Flags extends AcrossFlags, PlanFlags {
  readonly wait?: boolean;
  readonly json?: boolean;
  readonly lease?: string;
}

export function addSyncCommand(program: Command, context: OpsContext, finish: Finish): void {
  const command = program
    .command('sync')
    .argument('<config>', 'jobs, in the YAML of aws_xregion_sync')
    .description('copy images and snapshots to other regions, those that are not there yet')
    .option('--plan', 'say what is due, with read calls only')
    .addOption(new Option('--dry-run', 'the same as --plan').hideHelp())
    .option('--wait', 'until every copy is available')
    .option(
      '--lease <address>',
      'let one machine at a time run: s3://bucket/prefix in the source region of the first job',
    )
    .option('--json', 'print JSON, errors included');
  for (const option of acrossOptions('2h')) command.addOption(option);
  command
    .addHelpText(
      'after',
      '\nExample:\n  landfall-ops sync images.yaml --plan\n  landfall-ops sync images.yaml --wait',
    )
    .action(async (config: string, flags: Flags) => finish(await sync(config, flags, context)));
}

async function sync(file: string, flags: Flags, context: OpsContext): Promise<number> {
  const { pollMs, timeoutMs } = readTimes(flags);
  const onlyPlans = isPlan(flags);
  const { jobs: readings, credentials, warnings } = readSyncConfig(await textOf(file), file);
  const stateFolder = stateFolderOf(flags.stateDir, context.env);
  for (const warning of warnings) context.err(`warning: ${warning}\n`);

  context.keepSmall?.();
  const [{ runJobs }, { createClientPool }] = await Promise.all([
    import('./sync/sync-run.ts'),
    import('./sync/clients.ts'),
  ]);
  const lease = onlyPlans
    ? undefined
    : await leaseFor(flags.lease, readings, { credentials, stateFolder }, context);
  const { clock, random } = context;
  const stop = lease ? AbortSignal.any([context.stop, lease.lost]) : context.stop;
  const patience = createPatience({ pollMs, timeoutMs, clock, random, stop });
  const board = createWaitBoard(context);
  const waits = flags.wait === true;
  const clients = createClientPool({ context, patience, isPlan: onlyPlans });
  const reports = await runJobs(readings, { context, clients, stateFolder, isPlan: onlyPlans, waits, board });
  board.end();
  patience.end();
  await lease?.release();

  printErrors(reports, context);
  if (flags.json === true) context.out(`${JSON.stringify(documentOf(reports, onlyPlans), null, 2)}\n`);
  else context.out(screenOf(reports, onlyPlans, context));
  if (lease?.lost.aborted === true) throw leaseLost(flags.lease ?? '');
  return stop.aborted ? 1 : exitCodeFor(reports, onlyPlans);
}

/** The first job that can be carried out says where the bucket lies; where none can, nothing is asked for. */
async function leaseFor(
  address: string | undefined,
  readings: readonly JobReading[],
  place: Pick<LeasePlace, 'credentials' | 'stateFolder'>,
  context: OpsContext,
): Promise<Lease | undefined> {
  const region = readings.flatMap(({ read }) => ('job' in read ? read.job.source : []))[0];
  if (address === undefined || region === undefined) return undefined;
  const { leaseAt } = await import('./sync/lease-place.ts');
  return leaseAt({ ...place, address, region }, context);
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw usage(file, `it cannot be read (${errnoOrText(error)})`, 'Name the file with the jobs.');
  }
}

function printErrors(reports: readonly JobReport[], context: OpsContext): void {
  const colour = context.colour && context.errIsTerminal;
  for (const report of reports)
    for (const { code, message } of errorsOf(report))
      context.err(`${paint({ colour }, 'red', `${report.name}:`)} ${message} [${code}]\n`);
}

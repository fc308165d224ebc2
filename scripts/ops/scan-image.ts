import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Finish } from '#agent/console/command-line.ts';
import { alignColumns, paint } from '#agent/console/terminal.ts';
import { conclude, errorDocuments } from './across/end.ts';
import { acrossOptions, isPlan, readTimes, type AcrossFlags, type PlanFlags } from './across/options.ts';
import { stateFolderOf } from './across/state-folder.ts';
import type { ImageScanEnd, ImageScanRequest } from './bake/image-scan.ts';
import type { OpsContext } from './console/context.ts';
import { readRegions, usage } from './console/options.ts';

interface Flags extends AcrossFlags, PlanFlags {
  readonly region: string;
  readonly builder?: string;
  readonly device?: string;
  readonly root?: string;
  readonly json?: boolean;
}

export function addScanImageCommand(program: Command, context: OpsContext, finish: Finish): void {
  const command = program
    .command('scan-image')
    .description('scan an image that was made elsewhere, and tag it with the digest when it is clean')
    .argument('<image>', 'its id')
    .requiredOption('--region <region>', 'which region it is in')
    .option('--builder <instance>', 'which instance looks at it; default: this one')
    .option(
      '--device <name>',
      'as what the volume is attached; default: the first free of /dev/sdf to /dev/sdp',
    )
    .option('--root <dir>', 'the root of the image, where somebody else has mounted it')
    .option('--plan', 'show what would be scanned, and change nothing')
    .option('--dry-run', 'the same as --plan')
    .option('--json', 'print JSON, errors included');
  for (const option of acrossOptions('1h')) command.addOption(option);
  command
    .addHelpText(
      'after',
      '\nExample:\n  landfall-ops scan-image ami-0ba5e --region eu-west-1 --builder i-0b1e',
    )
    .action((image: string, flags: Flags) => scanImage(image, flags, context, finish));
}

async function scanImage(image: string, flags: Flags, context: OpsContext, finish: Finish): Promise<void> {
  const request = readRequest(image, flags);
  const times = readTimes(flags);
  const folder = stateFolderOf(flags.stateDir, context.env);
  // Loaded when it is wanted: the client of EC2 and what speaks to it.
  const { atBench } = await import('./bake/bake-bench.ts');
  const { runImageScan, scanPlace } = await import('./bake/image-scan.ts');
  const { region } = request;
  const root = flags.root === undefined ? undefined : resolve(flags.root);
  const mountPoint = join(folder, scanPlace(folder, request).name, 'root');
  const setup = { region, folder, root, mountPoint, provision: undefined, times, tokens: 'landfall-scan' };
  const end = await atBench(setup, context, (parts) => runImageScan(request, parts));
  print(end, request, flags, context);
  conclude(end, finish);
}

function readRequest(image: string, flags: Flags): ImageScanRequest {
  const [region = '', ...others] = readRegions(flags.region);
  if (others.length > 0)
    throw usage(`--region ${flags.region}`, 'it has to be one region', 'An image is in one.');
  if (!/^ami-[0-9a-f]+$/.test(image)) throw usage(image, 'it is no id of an image', 'Write it as ami-0ba5e.');
  const { builder, device } = flags;
  if (builder !== undefined && !/^i-[0-9a-f]+$/.test(builder))
    throw usage(`--builder ${builder}`, 'it is no id of an instance', 'Write it as i-0b1e.');
  return { region, image, builder, device, isPlan: isPlan(flags) };
}

function print(
  { state, snapshot, scan, report, faults }: ImageScanEnd,
  { image, region }: ImageScanRequest,
  { json }: Flags,
  context: OpsContext,
): void {
  if (json === true) {
    const errors = errorDocuments(faults);
    const told = {
      state,
      region,
      image,
      snapshot,
      scan,
      ...(report === undefined ? {} : { report }),
      errors,
    };
    context.out(`${JSON.stringify(told, null, 2)}\n`);
    return;
  }
  context.out(`${paint(context, faults.length === 0 ? 'green' : 'red', state)}: ${image} in ${region}\n`);
  const rows = [
    ...(snapshot === null ? [] : [['snapshot', snapshot]]),
    ...(scan.digest === null ? [] : [['digest', scan.digest]]),
    ...(scan.findings === 0 ? [] : [['findings', String(scan.findings)]]),
    ...(report === undefined ? [] : [['report', report]]),
  ];
  context.out(alignColumns(rows, context.columns));
}

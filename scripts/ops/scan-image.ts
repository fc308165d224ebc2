import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Finish } from '#agent/cli/command-line.ts';
import { alignColumns, paint } from '#agent/cli/terminal.ts';
import { describeFault, LandfallError } from '#kit/errors.ts';
import { acrossOptions, readTimes, type AcrossFlags } from './across/options.ts';
import { createPatience } from './across/patience.ts';
import { stateFolderOf } from './across/state-folder.ts';
import type { ImageScanEnd, ImageScanRequest } from './bake/image-scan.ts';
import type { OpsContext } from './context.ts';
import { readRegions, usage } from './options.ts';

interface Flags extends AcrossFlags {
  readonly region: string;
  readonly builder?: string;
  readonly device?: string;
  readonly root?: string;
  readonly plan?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Work is due. */
const DUE = 10;

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
  const { createRegionalEc2 } = await import('./across/regional-clients.ts');
  const { createBakeEc2 } = await import('./bake/bake-ec2.ts');
  const { runImageScan, scanPlace } = await import('./bake/image-scan.ts');
  const { givenRoot } = await import('./bake/given-root.ts');
  const { mountedRoot } = await import('./bake/mounted-root.ts');
  const { scanRoot } = await import('./bake/root-scan.ts');
  const { thisInstance } = await import('./bake/this-instance.ts');
  const { clock, random, stop } = context;
  const client = createRegionalEc2(request.region, context);
  const patience = createPatience({ ...times, clock, random, stop });
  const say = (line: string): void => context.err(`${line}\n`);
  const mountPoint = join(folder, scanPlace(folder, request).name, 'root');
  try {
    const end = await runImageScan(request, {
      ec2: (how) => createBakeEc2(client, how),
      context,
      patience,
      folder,
      say,
      here: () => thisInstance(request.region, context, patience.signal),
      root:
        flags.root === undefined
          ? mountedRoot({ provision: undefined, mountPoint, context, say })
          : givenRoot(resolve(flags.root), undefined, context),
      scan: (path) => scanRoot(path, request.region, { clock, signal: patience.signal }),
      changes: undefined,
      newToken: () => `landfall-scan-${randomUUID()}`,
    });
    print(end, request, flags, context);
    const [fault] = end.faults;
    if (fault) throw new LandfallError(fault);
    if (end.state === 'planned') finish(DUE);
  } finally {
    patience.end();
    client.destroy();
  }
}

function readRequest(image: string, flags: Flags): ImageScanRequest {
  const [region = '', ...others] = readRegions(flags.region);
  if (others.length > 0)
    throw usage(`--region ${flags.region}`, 'it has to be one region', 'An image is in one.');
  if (!/^ami-[0-9a-f]+$/.test(image)) throw usage(image, 'it is no id of an image', 'Write it as ami-0ba5e.');
  const { builder, device } = flags;
  if (builder !== undefined && !/^i-[0-9a-f]+$/.test(builder))
    throw usage(`--builder ${builder}`, 'it is no id of an instance', 'Write it as i-0b1e.');
  return { region, image, builder, device, isPlan: flags.plan === true || flags.dryRun === true };
}

function print(
  { state, snapshot, scan, report, faults }: ImageScanEnd,
  { image, region }: ImageScanRequest,
  { json }: Flags,
  context: OpsContext,
): void {
  if (json === true) {
    const errors = faults.map((fault) => ({ code: fault.code, message: describeFault(fault) }));
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

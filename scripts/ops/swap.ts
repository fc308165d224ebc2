import type { Command } from 'commander';
import { LandfallError } from '#kit/errors.ts';
import type { Finish } from '#agent/console/command-line.ts';
import { alignColumns, paint } from '#agent/console/terminal.ts';
import { conclude } from './across/end.ts';
import { acrossOptions, isPlan, readTimes, type AcrossFlags, type PlanFlags } from './across/options.ts';
import { createPatience } from './across/patience.ts';
import { stateFolderOf } from './across/state-folder.ts';
import type { OpsContext } from './console/context.ts';
import { collect, readRegions, usage } from './console/options.ts';
import { readReleaseAddress } from './site/release-address.ts';
import type { Pair } from './swap/holdings.ts';
import { endDocument, endRows, pairFault, type SwapEnd } from './swap/swap-end.ts';
import { nameRow } from './swap/name-reading.ts';
import type { SwapRequest } from './swap/swap-run.ts';

interface Flags extends AcrossFlags, PlanFlags {
  readonly region: string;
  readonly from: string;
  readonly to: string;
  readonly address: readonly string[];
  readonly volume: readonly string[];
  readonly probe?: string;
  readonly drain?: string;
  readonly connections?: string;
  readonly dns?: string;
  readonly resolver: readonly string[];
  readonly tell?: string;
  readonly quiesce?: string;
  readonly rollback?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addSwapCommand(program: Command, context: OpsContext, finish: Finish): void {
  const command = program
    .command('swap')
    .description('move an address and volumes from one instance to another, all or none of them')
    .requiredOption('--region <region>', 'which region')
    .requiredOption('--from <instance>', 'who has them: blue')
    .requiredOption('--to <instance>', 'who is to have them: green')
    .option('--address <id>', 'an Elastic IP: its allocation id or the address itself', collect, [])
    .option('--volume <id>', 'an EBS volume of data', collect, [])
    .option(
      '--probe <url>',
      'where green says that it is well, asked before and after: http://.. or tcp://host:port',
    )
    .option('--drain <what>', 'wait until it has let go of blue: a target group, by ARN, or connections')
    .option('--connections <command>', 'prints a line for each connection to blue, for --drain connections')
    .option('--dns <name>', 'say who answers for this name with which address, and for how long')
    .option('--resolver <address>', 'whom to ask for --dns, instead of those of this machine', collect, [])
    .option(
      '--tell <address>',
      'the source of agents, s3://bucket/prefix: their claims leave alone what is on its way',
    )
    .option('--quiesce <command>', 'run before the first step, to stop the service and unmount')
    .option('--plan', 'show what would be done, and change nothing')
    .option('--dry-run', 'the same as --plan')
    .option('--rollback', 'bring back what the last swap of this pair moved, finished or not')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON, errors included');
  for (const option of acrossOptions('10m')) command.addOption(option);
  command
    .addHelpText(
      'after',
      '\nExample:\n  landfall-ops swap --region eu-west-1 --from i-0b1e --to i-09ee \\\n' +
        '    --address 203.0.113.7 --volume vol-0da7a --probe http://10.0.1.9/healthz',
    )
    .action((flags: Flags) => swap(flags, context, finish));
}

async function swap(flags: Flags, context: OpsContext, finish: Finish): Promise<void> {
  const pair = readPair(flags);
  const named = {
    addresses: readIds('--address', flags.address, /^(?:eipalloc-[0-9a-f]+|\d{1,3}(?:\.\d{1,3}){3})$/),
    volumes: readIds('--volume', flags.volume, /^vol-[0-9a-f]+$/),
  };
  const isBack = flags.rollback === true;
  if (!isBack && named.addresses.length + named.volumes.length === 0) {
    throw usage('the command line', 'it names nothing to move', 'Add --address, --volume or both.');
  }
  if (flags.tell !== undefined) readReleaseAddress(flags.tell, pair.region, undefined);
  const times = readTimes(flags);
  const folder = stateFolderOf(flags.stateDir, context.env);
  // Loaded when it is wanted: the client of EC2 and what speaks to it.
  const { readProbe } = await import('./across/probe.ts');
  const { drain, dns } = await readAround(flags, pair);
  const request: SwapRequest = {
    pair,
    named,
    goal: isBack ? 'blue' : 'green',
    probe: flags.probe === undefined ? undefined : readProbe(flags.probe),
    drain,
    dns,
    tell: flags.tell,
    quiesce: flags.quiesce,
    isPlan: isPlan(flags),
  };
  const { createRegionalEc2 } = await import('./across/regional-clients.ts');
  const { runSwap } = await import('./swap/swap-run.ts');
  const ec2 = createRegionalEc2(pair.region, context);
  const { clock, random, stop } = context;
  const patience = createPatience({ ...times, clock, random, stop });
  try {
    const end = await runSwap(request, {
      ec2,
      context,
      patience,
      folder,
      say: (line) => context.err(`${line}\n`),
      confirm: (steps) => confirm(steps, flags, pair, context),
    });
    print(end, request, flags, context);
    conclude(end, finish);
  } finally {
    patience.end();
    ec2.destroy();
  }
}

/** What goes on around the moves. */
async function readAround(flags: Flags, pair: Pair): Promise<Pick<SwapRequest, 'drain' | 'dns'>> {
  const { drain, connections, dns, resolver } = flags;
  if (connections !== undefined && drain !== 'connections')
    throw usage('--connections', 'nothing waits for them', 'Add --drain connections, or leave it out.');
  if (resolver.length > 0 && dns === undefined)
    throw usage('--resolver', 'no name is to be asked for', 'Add --dns NAME, or leave it out.');
  const { readDrain } = await import('./swap/drain.ts');
  const { readDnsName, readResolvers } = await import('./across/resolvers.ts');
  return {
    drain: drain === undefined ? undefined : readDrain(drain, connections, pair),
    dns:
      dns === undefined
        ? undefined
        : { name: readDnsName('--dns', dns), resolvers: readResolvers('--resolver', resolver) },
  };
}

function readPair({ region: text, from, to }: Flags): Pair {
  const [region = '', ...others] = readRegions(text);
  if (others.length > 0) throw usage(`--region ${text}`, 'it has to be one region', 'A swap is in one zone.');
  const [blue = ''] = readIds('--from', [from], /^i-[0-9a-f]+$/);
  const [green = ''] = readIds('--to', [to], /^i-[0-9a-f]+$/);
  if (blue === green) throw usage('--from and --to', 'they are the same instance', 'Name two.');
  return { region, blue, green };
}

function readIds(name: string, ids: readonly string[], shape: RegExp): readonly string[] {
  const wrong = ids.find((id) => !shape.test(id));
  if (wrong === undefined) return [...new Set(ids)];
  const hint = 'Instances are i-.., addresses eipalloc-.. or as they are dialled, volumes vol-...';
  throw usage(`${name} ${wrong}`, 'it is no id of one', hint);
}

async function confirm(
  steps: readonly string[],
  { yes, json }: Flags,
  pair: Pair,
  context: OpsContext,
): Promise<void> {
  if (yes === true || json === true || !context.ask) return;
  context.out(numbered(steps));
  if (await context.ask(`Do this in ${pair.region}?`)) return;
  const hint = 'Run it again when you are ready.';
  throw new LandfallError(pairFault('LF_INTERRUPTED', pair, 'the answer was no; nothing was changed', hint));
}

function print(end: SwapEnd, { pair, named }: SwapRequest, flags: Flags, context: OpsContext): void {
  if (flags.json === true) {
    context.out(`${JSON.stringify(endDocument(end, pair, named), null, 2)}\n`);
    return;
  }
  const { state, holdings, steps } = end;
  const good = end.faults.length === 0;
  context.out(
    `${paint(context, good ? 'green' : 'red', state)}: ${pair.blue} -> ${pair.green} in ${pair.region}\n`,
  );
  if (holdings) context.out(alignColumns(endRows(holdings)));
  if (end.names.length > 0) context.out(alignColumns(end.names.map(nameRow)));
  context.out(numbered(steps));
}

function numbered(steps: readonly string[]): string {
  return steps.map((step, at) => `${at + 1}. ${step}\n`).join('');
}

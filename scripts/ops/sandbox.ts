import type { Command } from 'commander';
import { runStandalone } from '../sandbox/programs/standalone.ts';
import type { OpsContext } from './console/context.ts';

interface SandboxFlags {
  readonly port?: string;
  readonly regions: string;
  readonly seed?: string;
  readonly bucket?: string;
  readonly prefix?: string;
  readonly tag: readonly string[];
}

export function addSandboxCommand(program: Command, context: OpsContext): void {
  program
    .command('sandbox')
    .description('the local AWS stand-in, until stopped')
    .option('--regions <regions>', 'one bucket and one instance in each', 'us-east-1,eu-west-1')
    .option('--seed <dir>', 'load this folder into the buckets; region/R goes to R only')
    .option('--bucket <name>', '{region} stands for the region', 'landfall-config-{region}')
    .option('--prefix <prefix>', 'where in the bucket the seed goes')
    .option('--tag <name=value...>', 'tags of the instances', [])
    .option('--port <port>', 'port of the AWS endpoint; a free one by default')
    .addHelpText(
      'after',
      '\nExample:\n  landfall-ops sandbox --seed examples/payroll --prefix payroll --tag role=web environment=prod',
    )
    .action(async (flags: SandboxFlags) => {
      await runStandalone({
        regions: flags.regions.split(','),
        tags: Object.fromEntries(flags.tag.map((pair) => splitTag(pair))),
        ...(flags.port === undefined ? {} : { port: Number(flags.port) }),
        ...(flags.seed === undefined ? {} : { seed: flags.seed }),
        ...(flags.bucket === undefined ? {} : { bucket: flags.bucket }),
        ...(flags.prefix === undefined ? {} : { prefix: flags.prefix }),
        print: (line) => context.out(`${line}\n`),
        stop: context.stop,
      });
    });
}

function splitTag(pair: string): [name: string, value: string] {
  const at = pair.indexOf('=');
  return at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}

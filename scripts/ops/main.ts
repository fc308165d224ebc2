import { Command, CommanderError } from 'commander';
import { VERSION } from '#agent/version.ts';
import { describeFault, exitCodeOf, faultOf } from '#kit/errors.ts';
import type { OpsContext } from './context.ts';
import { addSandboxCommand } from './sandbox.ts';

/** `landfall-ops`: what operators run, from laptops and pipelines. */
async function main(args: readonly string[], context: OpsContext): Promise<number> {
  const program = new Command('landfall-ops');
  program
    .description('The tools around Landfall.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: context.out, writeErr: context.err })
    .helpCommand(false);
  addSandboxCommand(program, context);
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const fault = faultOf(error, 'run', `landfall-ops ${args[0] ?? ''}`.trim());
    context.err(`landfall-ops: ${describeFault(fault)} [${fault.code}]\n`);
    return exitCodeOf(fault.code);
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
const context: OpsContext = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  stop: stop.signal,
};
// No top-level await: the executable's script is CommonJS.
void main(process.argv.slice(2), context).then((exitCode) => {
  process.exitCode = exitCode;
});

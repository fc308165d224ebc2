import { Command, CommanderError } from 'commander';
import { paint } from '#agent/cli/terminal.ts';
import { refuseHelpOfUnknown } from '#agent/cli/unknown-command.ts';
import { VERSION } from '#agent/version.ts';
import { describeFault, exitCodeOf, faultOf, type Fault } from '#kit/errors.ts';
import type { OpsContext } from './context.ts';
import { addDiffCommand } from './diff.ts';
import { addHaltCommand } from './halt.ts';
import { addLintCommand } from './lint.ts';
import { addPreviewCommand } from './preview.ts';
import { addPublishCommand } from './publish.ts';
import { addReleasesCommand } from './releases.ts';
import { addRollbackCommand } from './rollback.ts';
import { addSandboxCommand } from './sandbox.ts';
import { addScanCommand } from './scan.ts';
import { addUploadAgentCommand } from './upload-agent.ts';
import { addUserdataCommand } from './userdata.ts';

/** Runs one command line to its exit code; every failure is printed here and nowhere else. */
export async function runOps(args: readonly string[], context: OpsContext): Promise<number> {
  let exitCode = 0;
  const finish = (code: number): void => {
    exitCode = code;
  };
  try {
    await createProgram(context, finish).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      return printFailure(
        context,
        faultOf(error, 'run', `landfall-ops ${args[0] ?? ''}`.trim()),
        error,
        args,
      );
    }
    if (error.exitCode === 0) return 0;
    // `landfall-ops` alone: commander has printed the help, which says it all.
    return error.code === 'commander.help' ? 2 : printFailure(context, usageFault(error), error, args);
  }
}

function createProgram(context: OpsContext, finish: (exitCode: number) => void): Command {
  const program = new Command('landfall-ops');
  program
    .description('The tools around Landfall.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.out(text),
      writeErr: (text) => context.err(text),
      // Usage errors are faults like all others and printed with them.
      outputError: () => {},
    })
    .helpCommand(false)
    .addHelpText('after', '\nEvery command has --help with an example.');
  for (const add of [
    addLintCommand,
    addPreviewCommand,
    addPublishCommand,
    addReleasesCommand,
    addDiffCommand,
    addRollbackCommand,
    addHaltCommand,
    addScanCommand,
    addUploadAgentCommand,
    addUserdataCommand,
    addSandboxCommand,
  ]) {
    add(program, context, finish);
  }
  refuseHelpOfUnknown(program);
  for (const command of program.commands) command.option('--debug', 'print stack traces');
  return program;
}

/** Commander says `error: unknown option '--colour'` and may add `(Did you mean --config?)` on a line of its own. */
function usageFault(error: CommanderError): Fault {
  const [cause = '', ...guesses] = error.message.replace(/^error: /, '').split('\n');
  return {
    code: 'LF_USAGE',
    operation: 'read',
    subject: 'the command line',
    cause: cause.replace(/\.$/, ''),
    hint: [...guesses, 'See `landfall-ops --help`.'].join(' ').trim(),
  };
}

function printFailure(context: OpsContext, fault: Fault, error: unknown, args: readonly string[]): number {
  const colour = context.colour && context.errIsTerminal;
  if (args.includes('--json')) context.err(`${JSON.stringify({ error: fault })}\n`);
  else context.err(`${paint({ colour }, 'red', 'landfall-ops:')} ${describeFault(fault)} [${fault.code}]\n`);
  if (args.includes('--debug') && error instanceof Error) context.err(`${error.stack ?? error.message}\n`);
  return exitCodeOf(fault.code);
}

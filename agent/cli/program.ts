import { Command, CommanderError } from 'commander';
import { describeFault, exitCodeOf, faultOf, type Fault } from '#kit/errors.ts';
import { flagOf, SETTINGS } from '../settings/catalogue.ts';
import { DEFAULT_CONFIG_FILE } from '../settings/settings.ts';
import { addCompletionCommand } from './completion.ts';
import { addConfigCommand } from './config.ts';
import type { CliContext } from './context.ts';
import { addDaemonCommands } from './daemon.ts';
import { addDoctorCommand } from './doctor.ts';
import { addExecCommand } from './exec.ts';
import { addExplainCommand } from './explain.ts';
import { addGetCommand } from './get.ts';
import { addLogsCommand } from './logs.ts';
import { addMetricsCommand } from './metrics.ts';
import { addOverrideCommands } from './override.ts';
import { addPlanCommand } from './plan.ts';
import { addRefreshCommand } from './refresh.ts';
import { addScanCommand } from './scan.ts';
import { addStatusCommand } from './status.ts';
import { paint } from './terminal.ts';
import { refuseHelpOfUnknown } from './unknown-command.ts';
import { addVersionCommand } from './version.ts';
import { addWatchCommand } from './watch.ts';

/** Ends a command with this exit code without printing anything more. */
export type Finish = (exitCode: number) => void;

/** Runs one command line to its exit code; every failure is printed here and nowhere else. */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  let exitCode = 0;
  const program = createProgram(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      return printFailure(context, faultOf(error, 'run', `landfall ${args[0] ?? ''}`.trim()), error, args);
    }
    if (error.exitCode === 0) return 0;
    // `landfall` alone: commander has printed the help, which says it all.
    return error.code === 'commander.help' ? 2 : printFailure(context, usageFault(error), error, args);
  }
}

function createProgram(context: CliContext, finish: Finish): Command {
  const program = new Command('landfall');
  program
    .description('Makes this instance a citizen of the region it landed in.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.out(text),
      writeErr: (text) => context.terminal.err(text),
      // Usage errors are faults like all others and printed with them.
      outputError: () => {},
    })
    .configureHelp({ showGlobalOptions: false })
    .option('--config <file>', `settings file (default: ${DEFAULT_CONFIG_FILE} when it exists)`)
    .option('--json', 'print JSON, errors included')
    .option('--debug', 'print stack traces')
    .helpCommand(false)
    .addHelpText('after', '\nEvery command has --help with an example. Settings: docs/settings.md.')
    .addHelpText('afterAll', ({ command }) =>
      command.parent ? '\nAlso: --json, --debug, --config FILE and all settings of `landfall --help`.' : '',
    );
  for (const [name, setting] of Object.entries(SETTINGS)) {
    program.option(`${flagOf(name)} <${setting.shape}>`, setting.doc);
  }
  for (const add of [
    addDaemonCommands,
    addGetCommand,
    addConfigCommand,
    addExplainCommand,
    addStatusCommand,
    addPlanCommand,
    addLogsCommand,
    addMetricsCommand,
    addRefreshCommand,
    addWatchCommand,
    addOverrideCommands,
    addExecCommand,
    addScanCommand,
    addDoctorCommand,
    addVersionCommand,
    addCompletionCommand,
  ]) {
    add(program, context, finish);
  }
  refuseHelpOfUnknown(program);
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
    hint: [...guesses, 'See `landfall --help`.'].join(' ').trim(),
  };
}

function printFailure(context: CliContext, fault: Fault, error: unknown, args: readonly string[]): number {
  const { terminal } = context;
  const colour = terminal.colour && terminal.errIsTerminal;
  if (args.includes('--json')) {
    terminal.err(`${JSON.stringify({ error: fault })}\n`);
  } else {
    terminal.err(`${paint({ colour }, 'red', 'landfall:')} ${describeFault(fault)} [${fault.code}]\n`);
  }
  if (args.includes('--debug') && error instanceof Error) terminal.err(`${error.stack ?? error.message}\n`);
  return exitCodeOf(fault.code);
}

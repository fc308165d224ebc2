import { Option, type Command as Program } from 'commander';
import type { Finish } from '../console/command-line.ts';
import type { CliContext, Flags } from './context.ts';

/** As commander hands them over. */
export interface ExecOptions {
  readonly onChange?: string;
  readonly prefix: string;
  readonly splay: string;
  readonly grace: string;
  readonly wait: string;
}

export function addExecCommand(program: Program, context: CliContext, finish: Finish): void {
  program
    .command('exec')
    .argument('<command...>', 'the program and its arguments, after `--`')
    .description('run a program with the configuration as its environment')
    .addOption(new Option('--on-change <action>', 'restart, or the name of a signal to send'))
    .option('--prefix <prefix>', 'only keys that start with this', '')
    .option('--splay <duration>', 'act at a random time within this after a change', '0s')
    .option('--grace <duration>', 'how long a program has between SIGTERM and SIGKILL', '10s')
    .option('--wait <duration>', 'how long to wait for the agent at the start', '30s')
    .addHelpText(
      'after',
      '\nExample:\n  landfall exec --prefix db. --on-change restart --splay 30s -- /opt/payroll/worker --queue main',
    )
    .action(async (command: [string, ...string[]], options: ExecOptions, self: Program) => {
      const flags: Flags = self.optsWithGlobals();
      // Only this command needs it; the others start without.
      const { runProgram } = await import('./exec-run.ts');
      finish(await runProgram(command, options, context, flags));
    });
}

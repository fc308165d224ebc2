import { Command, CommanderError } from 'commander';
import { describeFault, exitCodeOf, faultOf, type Fault } from '#kit/errors.ts';
import { paint, type Terminal } from './terminal.ts';

/** Ends a command with this exit code without printing anything more. */
export type Finish = (exitCode: number) => void;

/** A program that prints to this terminal, and throws where commander would end the process. */
export function newProgram(name: string, terminal: Terminal): Command {
  return new Command(name)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      // Usage errors are faults like all others and printed with them.
      outputError: () => {},
    })
    .helpCommand(false);
}

/** Runs one command line to its exit code; every failure is printed here and nowhere else. */
export async function runCommandLine(
  args: readonly string[],
  terminal: Terminal,
  createProgram: (finish: Finish) => Command,
): Promise<number> {
  let exitCode = 0;
  const program = createProgram((code) => {
    exitCode = code;
  });
  const name = program.name();
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    const failed = (fault: Fault): number => printFailure({ name, terminal, args }, fault, error);
    if (!(error instanceof CommanderError))
      return failed(faultOf(error, 'run', [name, ...args.slice(0, 1)].join(' ')));
    if (error.exitCode === 0) return 0;
    // The name alone: commander has printed the help, which says it all.
    return error.code === 'commander.help' ? 2 : failed(usageFault(error, name));
  }
}

/** Commander says `error: unknown option '--colour'` and may add `(Did you mean --config?)` on a line of its own. */
function usageFault(error: CommanderError, name: string): Fault {
  const [cause = '', ...guesses] = error.message.replace(/^error: /, '').split('\n');
  return {
    code: 'LF_USAGE',
    operation: 'read',
    subject: 'the command line',
    cause: cause.replace(/\.$/, ''),
    hint: [...guesses, `See \`${name} --help\`.`].join(' ').trim(),
  };
}

interface CommandLine {
  readonly name: string;
  readonly terminal: Terminal;
  readonly args: readonly string[];
}

function printFailure({ name, terminal, args }: CommandLine, fault: Fault, error: unknown): number {
  const colour = terminal.colour && terminal.errIsTerminal;
  if (args.includes('--json')) terminal.err(`${JSON.stringify({ error: fault })}\n`);
  else terminal.err(`${paint({ colour }, 'red', `${name}:`)} ${describeFault(fault)} [${fault.code}]\n`);
  if (args.includes('--debug') && error instanceof Error) terminal.err(`${error.stack ?? error.message}\n`);
  return exitCodeOf(fault.code);
}

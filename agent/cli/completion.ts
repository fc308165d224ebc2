import { Argument, type Command } from 'commander';
import { completedProgram, HIDDEN } from './completion-model.ts';
import { completionScript } from './completion-scripts.ts';
import type { Terminal } from './terminal.ts';

/** What only the moment knows, by the plural of the placeholder that it completes: `keys` for `<key>`. */
export type WordSources = Readonly<
  Record<string, (given: readonly string[], command: Command) => Promise<readonly string[]>>
>;

export function addCompletionCommands(program: Command, terminal: Terminal, sources: WordSources): void {
  const kinds = Object.keys(sources);
  const name = program.name();
  program
    .command('completion')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .description('print the completion script of a shell')
    .addHelpText('after', `\nExample:\n  ${name} completion bash > /etc/bash_completion.d/${name}`)
    .action((shell: string) => {
      terminal.out(completionScript(shell, completedProgram(program, kinds)));
    });
  program
    .command(HIDDEN, { hidden: true })
    .addArgument(new Argument('<kind>').choices(kinds))
    .argument('[given...]')
    .description('for the scripts of `completion`: what could stand here, one a line')
    .action(async (kind: string, given: readonly string[], _options: unknown, command: Command) => {
      // Whoever presses Tab wants no errors.
      const words = (await sources[kind]?.(given, command).catch(() => [])) ?? [];
      for (const word of words) if (!/\s/.test(word)) terminal.out(`${word}\n`);
    });
}

import { Argument, type Command } from 'commander';
import { completedProgram, HIDDEN } from './completion-model.ts';
import { completionPlace, installCompletion, shellOf, SHELLS } from './completion-place.ts';
import { completionScript } from './completion-scripts.ts';
import { manualPage } from './manual-page.ts';
import type { Terminal } from './terminal.ts';

/** What only the moment knows, by the plural of the placeholder that it completes: `keys` for `<key>`. */
export type WordSources = Readonly<
  Record<string, (given: readonly string[], command: Command) => Promise<readonly string[]>>
>;

interface Parts {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
}

export function addCompletionCommands(program: Command, parts: Parts, sources: WordSources): void {
  const { terminal, env, version } = parts;
  const kinds = Object.keys(sources);
  const name = program.name();
  program
    .command('completion')
    .addArgument(new Argument('[shell]', 'default: yours').choices(SHELLS))
    .description('print the completion script of a shell')
    .option('--install', 'write it where the shell looks for it, for all users when root asks')
    .addHelpText('after', `\nExample:\n  ${name} completion --install`)
    .action(async (given: string | undefined, { install }: { readonly install?: boolean }) => {
      const shell = given ?? shellOf(env);
      const script = completionScript(shell, completedProgram(program, kinds));
      if (install !== true) return terminal.out(script);
      const place = completionPlace(shell, name, env);
      await installCompletion(place, script);
      terminal.out(`${place}\nA new shell has it.\n`);
    });
  program
    .command('manual')
    .description('print the manual page, for man')
    .addHelpText('after', `\nExample:\n  ${name} manual | man -l -`)
    .action(() => terminal.out(manualPage(program, version)));
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

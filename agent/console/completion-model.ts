import type { Argument, Command, Option } from 'commander';
import { knownRegions } from '#config-service';

/** What can stand in a place: words that are known, or such as `landfall complete-words KIND` prints at that moment. */
export type Words = readonly string[] | { readonly kind: string };

export interface CompletedOption {
  /** `--format`. */
  readonly flag: string;
  readonly takesValue: boolean;
  /** Undefined: it takes no value, or one that nobody can know. */
  readonly words: Words | undefined;
}

export interface CompletedCommand {
  readonly name: string;
  readonly options: readonly CompletedOption[];
  /** Its own commands, or what each of its arguments can be; undefined: files. */
  readonly places: readonly (Words | undefined)[];
}

export interface CompletedProgram {
  readonly name: string;
  readonly commands: readonly CompletedCommand[];
  /** Options that every command takes. */
  readonly options: readonly CompletedOption[];
}

/** Read off the program itself, so that it cannot fall behind. @param kinds what `complete-words` knows, by placeholder. */
export function completedProgram(program: Command, kinds: readonly string[]): CompletedProgram {
  const optionsOf = (options: readonly Option[]): readonly CompletedOption[] =>
    options.flatMap(({ long, flags, argChoices, hidden }) =>
      long === undefined || long === null || hidden
        ? []
        : [
            {
              flag: long,
              takesValue: /[<[]/.test(flags),
              words: argChoices ?? wordsFor(/[<[]([\w-]+)/.exec(flags)?.[1], kinds),
            },
          ],
    );
  return {
    name: program.name(),
    commands: program.commands
      .filter((command) => command.name() !== HIDDEN)
      .map((command) => ({
        name: command.name(),
        options: optionsOf(command.options),
        places:
          command.commands.length > 0
            ? [command.commands.map((inner) => inner.name())]
            : command.registeredArguments.map((argument) => wordsOf(argument, kinds)),
      })),
    options: optionsOf(program.options),
  };
}

export const HIDDEN = 'complete-words';

function wordsOf(argument: Argument, kinds: readonly string[]): Words | undefined {
  return argument.argChoices ?? wordsFor(argument.name(), kinds);
}

const REGION = new Set(['region', 'regions', 'home']);

function wordsFor(placeholder: string | undefined, kinds: readonly string[]): Words | undefined {
  if (placeholder === undefined) return undefined;
  if (REGION.has(placeholder)) return knownRegions().map(({ region }) => region);
  const kind = placeholder.endsWith('x') ? `${placeholder}es` : `${placeholder}s`;
  return kinds.includes(kind) ? { kind } : undefined;
}

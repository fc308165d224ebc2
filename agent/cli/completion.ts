import { Argument, type Command } from 'commander';
import type { CliContext } from './context.ts';

export function addCompletionCommand(program: Command, context: CliContext): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .description('print the completion script of a shell')
    .addHelpText('after', '\nExample:\n  landfall completion bash > /etc/bash_completion.d/landfall')
    .action((shell: string) => {
      const commands = program.commands.map((command) => command.name());
      const flags = program.options.map((option) => option.long ?? '').filter((flag) => flag !== '');
      context.terminal.out(script(shell, program.name(), commands, flags));
    });
}

function script(shell: string, name: string, commands: readonly string[], flags: readonly string[]): string {
  const words = [...commands, ...flags].join(' ');
  switch (shell) {
    case 'bash':
      return `_${name}() { COMPREPLY=($(compgen -W "${words}" -- "\${COMP_WORDS[COMP_CWORD]}")); }\ncomplete -F _${name} ${name}\n`;
    case 'zsh':
      return `#compdef ${name}\n_arguments '1:command:(${commands.join(' ')})' '*:option:(${flags.join(' ')})'\n`;
    default:
      return [
        `complete -c ${name} -f -n __fish_use_subcommand -a "${commands.join(' ')}"`,
        ...flags.map((flag) => `complete -c ${name} -l ${flag.slice(2)}`),
        '',
      ].join('\n');
  }
}

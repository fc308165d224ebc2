import {
  HIDDEN,
  type CompletedCommand,
  type CompletedOption,
  type CompletedProgram,
  type Words,
} from './completion-model.ts';

/** The script of a shell: commands, options, what options and arguments can be; files where nobody knows. */
export function completionScript(shell: string, program: CompletedProgram): string {
  return (shell === 'bash' ? bash : shell === 'zsh' ? zsh : fish)(program);
}

function bash(program: CompletedProgram): string {
  const { name, commands, options } = program;
  const valued = valuedFlags(program);
  const called = `_${name.replaceAll('-', '_')}`;
  const valueCases = casesOfValues(program, (words) => `words=${quoted(spelled(words, name))}`);
  const lines = [
    `${called}() {`,
    "  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' word earlier='' words='' folder='' place=0",
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do',
    // How many arguments there are already: neither options nor their values.
    '    case "$word" in',
    '      -*) ;;',
    '      *)',
    '        case "$command $earlier" in',
    `          ' '*|${valued.map((flag) => `*' ${flag}'`).join('|')}) ;;`,
    '          *) place=$((place + 1)) ;;',
    '        esac ;;',
    '    esac',
    '    case "$word" in',
    `      ${commands.map((command) => command.name).join('|')}) test -n "$command" || command=$word ;;`,
    '    esac',
    '    test -d "$word" && folder=$word',
    '    earlier=$word',
    '  done',
    '  case "$command $before" in',
    ...valueCases.map((line) => `    ${line}`),
    '    *)',
    '      case "$current" in',
    '        -*)',
    `          words="${flagsOf(options)}"`,
    '          case "$command" in',
    ...commands.map(
      (command) => `            ${command.name}) words="${flagsOf(command.options)} $words" ;;`,
    ),
    '          esac ;;',
    '        *)',
    '          case "$command $place" in',
    `            ' 0') words="${commands.map((command) => command.name).join(' ')}" ;;`,
    ...placesOf(commands).map(
      ({ of, place, words }) => `            '${of} ${place}') words=${quoted(spelled(words, name))} ;;`,
    ),
    '          esac ;;',
    '      esac ;;',
    '  esac',
    // Not `compgen -W`, which runs what stands in `$(...)`: keys and folders may be called so. Quoted, for the same reason.
    '  local all=() quoted=',
    "  IFS=$' \\t\\n' read -r -d '' -a all <<<\"$words\"",
    '  COMPREPLY=()',
    '  for word in ${all[@]+"${all[@]}"}; do',
    '    printf -v quoted \'%q\' "$word"',
    '    [[ $word == "$current"* || $quoted == "$current"* ]] && COMPREPLY+=("$quoted")',
    '  done',
    '  return 0',
    '}',
    `complete -o default -F ${called} ${name}`,
  ];
  return `${lines.join('\n')}\n`;
}

function zsh(program: CompletedProgram): string {
  const { name, commands, options } = program;
  const valued = valuedFlags(program);
  const add = (words: Words): string =>
    `compadd -- ${'kind' in words ? `\${(f)"${spelled(words, name)}"}` : spelled(words, name)}`;
  const lines = [
    `#compdef ${name}`,
    // Not `commands`: where zsh/parameter is not loaded yet, that is a name of zsh's own.
    `local -a names=(${commands.map((command) => ` ${command.name}`).join('')} )`,
    "local command='' word='' earlier='' folder=''",
    'local -i place=0',
    'local -a flags',
    `local -a valued=(${valued.join(' ')})`,
    'for word in ${words[2,CURRENT-1]}; do',
    '  [[ -n $command && $word != -* && -z ${valued[(r)$earlier]} ]] && (( place += 1 ))',
    '  [[ -z $command && -n ${names[(r)$word]} ]] && command=$word',
    '  [[ -d $word ]] && folder=$word',
    '  earlier=$word',
    'done',
    'case "$command ${words[CURRENT-1]}" in',
    ...casesOfValues(program, add).map((line) => `  ${line}`),
    '  *)',
    '    if [[ ${words[CURRENT]} == -* ]]; then',
    '      case $command in',
    ...commands.map((command) => `        ${command.name}) flags=(${flagsOf(command.options)}) ;;`),
    '      esac',
    `      compadd -- $flags ${flagsOf(options)}`,
    '    elif [[ -z $command ]]; then',
    '      compadd -- $names',
    '    else',
    '      case "$command $place" in',
    ...placesOf(commands).map(({ of, place, words }) => `        '${of} ${place}') ${add(words)} ;;`),
    '        *) _files ;;',
    '      esac',
    '    fi ;;',
    'esac',
  ];
  return `${lines.join('\n')}\n`;
}

function fish(program: CompletedProgram): string {
  const { name, commands, options } = program;
  const counted = `__${name.replaceAll('-', '_')}_place`;
  const words = (all: Words): string =>
    Array.isArray(all)
      ? `"${all.join(' ')}"`
      : `"(${name} ${HIDDEN} ${kindOf(all)} (commandline -opc) 2>/dev/null)"`;
  const ofOption = (condition: string, { flag, words: known }: CompletedOption): string =>
    `complete -c ${name}${condition} -l ${flag.slice(2)}${known === undefined ? '' : ` -x -a ${words(known)}`}`;
  return [
    `function ${counted}`,
    '  set -l all (commandline -opc)',
    '  set -e all[1]',
    '  set -l place -1',
    "  set -l earlier ''",
    '  for word in $all',
    `    if not string match -q -- '-*' $word; and not contains -- "$earlier" ${valuedFlags(program).join(' ')}`,
    '      set place (math $place + 1)',
    '    end',
    '    set earlier $word',
    '  end',
    '  test $place -eq $argv[1]',
    'end',
    `complete -c ${name} -f -n __fish_use_subcommand -a " ${commands.map((command) => command.name).join(' ')} "`,
    ...options.map((option) => ofOption('', option)),
    ...commands.flatMap((command) => {
      const seen = ` -n "__fish_seen_subcommand_from ${command.name}"`;
      return [
        ...command.options.map((option) => ofOption(seen, option)),
        ...placesOf([command]).map(
          ({ place, words: known }) =>
            `complete -c ${name} -f -n "__fish_seen_subcommand_from ${command.name}; and ${counted} ${place}" -a ${words(known)}`,
        ),
      ];
    }),
    '',
  ].join('\n');
}

/** `case` branches for the word before: what the value of an option can be. */
function casesOfValues(
  { commands, options }: CompletedProgram,
  act: (words: Words) => string,
): readonly string[] {
  const branch = (command: string, { flag, words }: CompletedOption): readonly string[] =>
    words === undefined ? [] : [`${command === '' ? '*' : command}' '${flag}) ${act(words)} ;;`];
  return [
    ...commands.flatMap((command: CompletedCommand) =>
      command.options.flatMap((option) => branch(command.name, option)),
    ),
    ...options.flatMap((option) => branch('', option)),
  ];
}

/** What is known of the arguments of commands, counted from 0. */
function placesOf(commands: readonly CompletedCommand[]) {
  return commands.flatMap(({ name: of, places }) =>
    places.flatMap((words, place) => (words === undefined ? [] : [{ of, place, words }])),
  );
}

/** Options whose value is another word. */
function valuedFlags({ commands, options }: CompletedProgram): readonly string[] {
  const all = [...options, ...commands.flatMap((command) => command.options)];
  return [...new Set(all.filter(({ takesValue }) => takesValue).map(({ flag }) => flag))];
}

/** Words as they are, or the command that prints them now; within double quotes. */
function spelled(words: Words, name: string): string {
  return 'kind' in words ? `$(${name} ${HIDDEN} ${words.kind} "$folder" 2>/dev/null)` : words.join(' ');
}

function quoted(text: string): string {
  return `"${text}"`;
}

function kindOf(words: Words): string {
  return 'kind' in words ? words.kind : '';
}

function flagsOf(options: readonly CompletedOption[]): string {
  return options.map(({ flag }) => flag).join(' ');
}

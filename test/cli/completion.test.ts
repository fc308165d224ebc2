import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startApi } from '../support/api-bench.ts';
import { commandLine } from '../support/command-line.ts';
import { oracle } from '../support/oracle.ts';
import { folderOf } from '../support/scanning.ts';

const OPS = resolve('scripts/ops/main.ts');

async function scriptFor(shell: string): Promise<string> {
  const cli = commandLine();
  expect(await cli.run('completion', shell)).toBe(0);
  return cli.out();
}

const opsScript = (shell: string): string =>
  execFileSync(process.execPath, [OPS, 'completion', shell], { encoding: 'utf8' });

/** What bash offers for the last of these words. */
function completeInBash(
  script: string,
  words: readonly string[],
  known = 'db.host\\ndb.port\\nlog.level\\n',
  cwd = '.',
): string[] {
  const name = words[0] ?? '';
  const ask = `${script}
${name}() { test "$1" = complete-words && printf '${known}'; }
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_${name.replace('-', '_')}; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-u', '-c', ask], { encoding: 'utf8', cwd }).split('\n').filter(Boolean);
}

/** A shell as `.ci/oracles` brings it, which reads no settings of this host. @throws to skip the test where it is not here */
function shellProgram(name: 'zsh' | 'fish', skip: (cause: string) => void): string {
  const found = oracle(name);
  if ('missing' in found) skip(found.missing);
  return 'folder' in found ? join(found.folder, name) : name;
}

describe('in bash', () => {
  it('offers the commands', async () => {
    expect(completeInBash(await scriptFor('bash'), ['landfall', 're'])).toEqual(['refresh']);
    const all = completeInBash(await scriptFor('bash'), ['landfall', '']);
    for (const name of ['run', 'bootstrap', 'get', 'status', 'watch', 'doctor']) expect(all).toContain(name);
  });

  it('offers the settings as flags', async () => {
    expect(completeInBash(await scriptFor('bash'), ['landfall', 'run', '--sta'])).toEqual(['--state-dir']);
    expect(completeInBash(await scriptFor('bash'), ['landfall', 'status', '--js'])).toEqual(['--json']);
  });

  it('offers nothing for what nothing begins with', async () => {
    expect(completeInBash(await scriptFor('bash'), ['landfall', 'zzz'])).toEqual([]);
  });
});

it.for(['bash', 'zsh', 'fish'] as const)('%s takes its script without complaint', async (name, { skip }) => {
  const program = name === 'bash' ? name : shellProgram(name, skip);
  for (const script of [await scriptFor(name), opsScript(name)]) {
    const folder = folderOf({ script });
    // fish reads no script from a pipe that Node makes.
    const checked = spawnSync(program, ['-n', join(folder, 'script')], { encoding: 'utf8' });
    expect(checked).toMatchObject({ status: 0, stderr: '' });
  }
});

describe('what can stand there', () => {
  it.each([
    ['a choice', ['landfall', 'config', '--format', 'pro'], ['properties']],
    ['the options of the command', ['landfall', 'watch', '--json', '--'], ['--json', '--debug']],
    ['an option of one command', ['landfall', 'doctor', '--before'], ['--before-image']],
    ['not those of another', ['landfall', 'status', '--before'], []],
    ['a region', ['landfall', 'scan', '--region', 'eu-central'], ['eu-central-1', 'eu-central-2']],
    ['a command of a command', ['landfall', 'logs', 'sta'], ['status']],
    ['a shell', ['landfall', 'completion', 'z'], ['zsh']],
    ['a key', ['landfall', 'explain', 'db.'], ['db.host', 'db.port']],
    [
      'a key behind options and their values',
      ['landfall', 'set', '--json', '--for', '1h', 'db.h'],
      ['db.host'],
    ],
    ['no key for a second argument', ['landfall', 'get', 'db.host', 'db.'], []],
    ['no key for a value', ['landfall', 'set', 'db.host', 'db.'], []],
    ['a prefix', ['landfall', 'config', '--prefix', 'log.'], ['log.level']],
  ])('is offered: %s', async (_, words, offered) => {
    expect(completeInBash(await scriptFor('bash'), words)).toEqual(expect.arrayContaining(offered));
    if (offered.length === 0) expect(completeInBash(await scriptFor('bash'), words)).toEqual([]);
  });

  it('is a role of the folder, for landfall-ops', async () => {
    const folder = folderOf({ 'role/web/a.yaml': 'a: 1\n', 'role/worker/a.yaml': 'a: 1\n' });
    const words = ['landfall-ops', 'preview', folder, '--role', 'w'];
    const ops = opsScript('bash');
    const print = execFileSync(process.execPath, [OPS, 'complete-words', 'roles', folder], {
      encoding: 'utf8',
    });
    expect(completeInBash(ops, words, print)).toEqual(['web', 'worker']);
    expect(completeInBash(ops, ['landfall-ops', 'publish', '--ro'])).toEqual(['--rollout']);
  });
});

describe('what the agent is asked for', () => {
  it.each([
    ['keys', ['db.host', 'db.pool.size']],
    ['prefixes', ['db.', 'db.pool.']],
    ['overridden-keys', ['db.host']],
  ])('%s', async (kind, offered) => {
    const api = await startApi();
    onTestFinished(() => api.stop());
    api.backend.activate({ 'db.host': 'a', 'db.pool.size': '8' });
    api.backend.report = { overrides: [{ key: 'db.host' }] };
    const cli = commandLine({ LANDFALL_SOCKET: api.socket.socketPath });
    expect(await cli.run('complete-words', kind)).toBe(0);
    expect(cli.out().split('\n').filter(Boolean)).toEqual(offered);
  });
});

describe('a key or a folder that is called like a command', () => {
  const EVIL = String.raw`$(touch${'$'}{IFS}pwned)`;
  const words = `db.host\\n${EVIL}\\nx*\\n`;

  it('is never run by Tab, and comes quoted, in bash', async () => {
    const folder = folderOf({ 'x.txt': '' });
    const offered = completeInBash(await scriptFor('bash'), ['landfall', 'get', ''], words, folder);
    expect(offered).toHaveLength(3);
    expect(offered).toEqual(expect.arrayContaining(['db.host', String.raw`x\*`]));
    expect(offered.join()).toContain(String.raw`\$\(touch`);
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
  });
});

const IN_ZSH = String.raw`compadd() { shift; print -l -- "$@" }; _files() { :; }
landfall() { [[ $1 == complete-words ]] && print -l "$2" more }`;

describe('in zsh', () => {
  it.for([
    ['a key', ['landfall', 'get', ''], ['keys', 'more']],
    ['a key behind an option with a value', ['landfall', 'set', '--for', '1h', ''], ['keys', 'more']],
    ['an override', ['landfall', 'unset', ''], ['overridden-keys', 'more']],
    ['a prefix', ['landfall', 'config', '--prefix', ''], ['prefixes', 'more']],
    ['a choice', ['landfall', 'completion', ''], ['bash', 'zsh', 'fish']],
    ['nothing for a second argument', ['landfall', 'get', 'db.host', ''], []],
  ] as const)('offers %s', async ([, words, offered], { skip }) => {
    const program = shellProgram('zsh', skip);
    const quotedWords = words.map((word) => `'${word}'`).join(' ');
    const ask = `${IN_ZSH}\nwords=(${quotedWords}); CURRENT=${words.length}\n${await scriptFor('zsh')}`;
    const printed = execFileSync(program, ['-c', ask], { encoding: 'utf8' });
    expect(printed.split('\n').filter(Boolean)).toEqual(offered);
  });

  it(
    'is found where a package puts it, and Tab writes what it offers, quoted',
    { timeout: 20_000 },
    async ({ skip }) => {
      const program = shellProgram('zsh', skip);
      const folder = folderOf({ _landfall: await scriptFor('zsh') });
      // What a person types, in a terminal of its own: a prompt is no part of what is read.
      const typed = String.raw`zmodload zsh/zpty
zpty terminal 'exec ${program} -i'
zpty -w terminal 'PS1=; cd ${folder}; fpath+=(${folder}); autoload -U compinit; compinit -D -u
landfall() { if [[ $1 == complete-words ]] { print -r "db.host"; print -r "x\$(touch pwned)" } else { print -r "ran:$*:" } }'
zpty -w -n terminal $'landfall explain db.h\t\n'
zpty -r -m terminal said '*ran:explain *:*' && print -r -- $said
zpty -w -n terminal $'landfall exp\tx\t\n'
zpty -r -m terminal said '*ran:explain *:*' && print -r -- $said`;
      const printed = execFileSync(program, ['-c', typed], { encoding: 'utf8', timeout: 15_000 });
      expect(printed).toContain('ran:explain db.host:');
      expect(printed).toContain('ran:explain x$(touch pwned):');
      expect(existsSync(join(folder, 'pwned'))).toBe(false);
    },
  );
});

describe('in fish', () => {
  it.for([
    ['a key', 'landfall get ', ['keys']],
    ['a key behind an option with a value', 'landfall set --for 1h ', ['keys']],
    ['an override', 'landfall unset ', ['overridden-keys']],
    // Files, as where nobody knows.
    [
      'no key for a second argument',
      'landfall get db.host ',
      expect.not.arrayContaining(['keys']) as string[],
    ],
  ] as const)('offers %s', async ([, line, offered], { skip }) => {
    const program = shellProgram('fish', skip);
    const folder = folderOf({ script: await scriptFor('fish') });
    const ask = `function landfall; echo $argv[2]; end; source ${join(folder, 'script')}; complete -C '${line}'`;
    const printed = execFileSync(program, ['--no-config', '-c', ask], {
      encoding: 'utf8',
      env: { ...process.env, HOME: folder },
    });
    expect(printed.split('\n').filter(Boolean)).toEqual(offered);
  });
});

it('a key that is called like a command is never run by Tab in fish', async ({ skip }) => {
  const program = shellProgram('fish', skip);
  const folder = folderOf({ script: await scriptFor('fish') });
  const ask = `cd ${folder}; function landfall; echo 'x$(touch pwned)'; end; source script; complete -C 'landfall get '`;
  const printed = execFileSync(program, ['--no-config', '-c', ask], {
    encoding: 'utf8',
    env: { ...process.env, HOME: folder },
  });
  expect(printed).toBe('x$(touch pwned)\n');
  expect(existsSync(join(folder, 'pwned'))).toBe(false);
});

it('Tab never prints an error: without an agent there are no keys', async () => {
  const cli = commandLine({ LANDFALL_SOCKET: '/nowhere/landfall.sock' });
  expect(await cli.run('complete-words', 'keys')).toBe(0);
  expect([cli.out(), cli.err()]).toEqual(['', '']);
});

it('zsh and fish are given every command and flag, each once', async () => {
  const [zsh, fish] = [await scriptFor('zsh'), await scriptFor('fish')];
  expect(zsh).toMatch(/^#compdef landfall\n/);
  for (const name of ['get', 'status', 'completion']) {
    expect(zsh).toMatch(new RegExp(`[( ]${name}[ )]`));
    expect(fish).toMatch(new RegExp(`["\\s]${name}["\\s]`));
  }
  expect(fish.match(/^complete -c landfall -l state-dir$/gm)).toHaveLength(1);
});

import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { commandLine } from '../support/command-line.ts';

async function scriptFor(shell: string): Promise<string> {
  const cli = commandLine();
  expect(await cli.run('completion', shell)).toBe(0);
  return cli.out();
}

/** What bash offers for the last of these words. */
function completeInBash(script: string, words: readonly string[]): string[] {
  const ask = `${script}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_landfall; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-u', '-c', ask], { encoding: 'utf8' }).split('\n').filter(Boolean);
}

const installed = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

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

it.each(['bash', 'zsh', 'fish'].filter(installed))('%s takes its script without complaint', async (shell) => {
  const checked = spawnSync(shell, ['-n'], { input: await scriptFor(shell), encoding: 'utf8' });
  expect(checked).toMatchObject({ status: 0, stderr: '' });
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

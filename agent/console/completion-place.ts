import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { errnoOrText } from '#kit/errno.ts';
import { LandfallError } from '#kit/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Those that there is a script for. */
export const SHELLS: readonly string[] = ['bash', 'zsh', 'fish'];

/** Where a shell looks for completions by itself: for all users where root installs them, else for this one. */
export function completionPlace(shell: string, name: string, env: Environment, uid = userInfo().uid): string {
  const home = env['HOME'] ?? '/';
  const data = env['XDG_DATA_HOME'] ?? join(home, '.local/share');
  const config = env['XDG_CONFIG_HOME'] ?? join(home, '.config');
  const isRoot = uid === 0;
  if (shell === 'bash') return join(isRoot ? '/usr/share' : data, 'bash-completion/completions', name);
  if (shell === 'fish')
    return isRoot
      ? `/usr/share/fish/vendor_completions.d/${name}.fish`
      : join(config, 'fish/completions', `${name}.fish`);
  return join(isRoot ? '/usr/local/share' : data, 'zsh/site-functions', `_${name}`);
}

/** The shell of whoever asks. @throws LandfallError `LF_USAGE` for one that there is no script for. */
export function shellOf(env: Environment): string {
  const shell = env['SHELL']?.split('/').at(-1) ?? '';
  if (SHELLS.includes(shell)) return shell;
  throw new LandfallError({
    code: 'LF_USAGE',
    operation: 'find',
    subject: 'your shell',
    cause: shell === '' ? 'SHELL is not set' : `there is no script for ${shell}`,
    hint: 'Name one: completion bash --install.',
  });
}

/** @throws LandfallError `LF_USAGE` where it cannot be written. */
export async function installCompletion(place: string, script: string): Promise<void> {
  try {
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, script);
  } catch (error) {
    throw new LandfallError({
      code: 'LF_USAGE',
      operation: 'write',
      subject: place,
      cause: `the system says ${errnoOrText(error)}`,
      hint: 'Print it without --install, and put it where your shell looks for completions.',
    });
  }
}

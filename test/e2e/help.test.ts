import { execFile } from 'node:child_process';
import { expect, it } from 'vitest';
import { LANDFALL } from './citizen.ts';

/** Neither settings nor an environment: help must come on any machine. */
function landfall(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(LANDFALL, args, { env: {}, cwd: '/' }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

it('help is there on any machine, of each command with an example that can be pasted', async () => {
  const { code, stdout, stderr } = await landfall('--help');
  expect([code, stderr]).toEqual([0, '']);
  const [, listed = ''] = stdout.split('\nCommands:\n');
  const commands = [...listed.matchAll(/^ {2}([a-z]+)\b/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
  expect(commands.length).toBeGreaterThanOrEqual(18);
  for (const command of commands) {
    const help = await landfall(command, '--help');
    expect([help.code, help.stderr], command).toEqual([0, '']);
    expect(help.stdout).toMatch(new RegExp(`^Usage: landfall ${command}`));
    expect(help.stdout).toMatch(new RegExp(`^Examples?:\\n {2}.*landfall ${command}\\b`, 'm'));
    expect(help.stdout.split('\n').filter((line) => line.length > 160)).toEqual([]);
  }
});

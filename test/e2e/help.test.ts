import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { LANDFALL } from './citizen.ts';

const COMMANDS = [
  'run',
  'bootstrap',
  'get',
  'config',
  'explain',
  'status',
  'plan',
  'exec',
  'refresh',
  'watch',
  'set',
  'unset',
  'doctor',
  'version',
  'completion',
];

/** Neither settings nor an environment: help must come on any machine. */
function landfall(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(LANDFALL, args, { env: {}, cwd: '/' }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe('help', () => {
  it('lists every command', async () => {
    const { code, stdout, stderr } = await landfall('--help');
    expect([code, stderr]).toEqual([0, '']);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
  });

  it.each(COMMANDS)('of %s says what it does, with an example that can be pasted', async (command) => {
    const { code, stdout, stderr } = await landfall(command, '--help');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: landfall ${command}`));
    expect(stdout).toMatch(new RegExp(`^Examples?:\\n {2}.*landfall ${command}\\b`, 'm'));
    expect(stdout.split('\n').filter((line) => line.length > 160)).toEqual([]);
  });
});

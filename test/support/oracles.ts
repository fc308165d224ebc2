import { execFileSync } from 'node:child_process';

/** Waits for the programs of others that `.ci/run` has sent for, once before all tests. */
export function setup(): void {
  if (process.env['LANDFALL_ORACLES_COMING'])
    execFileSync('bash', ['.ci/oracles', '--wait'], { stdio: 'inherit' });
}

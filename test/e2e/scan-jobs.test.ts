import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { LANDFALL } from './citizen.ts';

/** Long enough for threads to start, on any machine. */
const FOLDER = '/usr/share/doc';

async function report(jobs: string): Promise<unknown> {
  const args = ['scan', FOLDER, '--jobs', jobs, '--json'];
  const { stdout } = await promisify(execFile)(LANDFALL, args, { env: {}, maxBuffer: 1 << 28 }).catch(
    (error: { readonly stdout: string }) => error,
  );
  return JSON.parse(stdout) as unknown;
}

it('the executable scans with several threads as with one', async () => {
  expect(await report('2')).toEqual(await report('1'));
});

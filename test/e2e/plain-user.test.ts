import { chmodSync, chownSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newBase } from './citizen.ts';
import { Payroll } from './payroll.ts';

const NOBODY = 65_534;
const AS_NOBODY = ['/usr/bin/setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];

/** A disk that belongs to nobody, as a unit with `User=` and its own directories has it. */
function ownBase(): string {
  const base = newBase();
  for (const folder of ['.', 'empty', 'state', 'run', 'home']) {
    mkdirSync(join(base, folder), { recursive: true });
    chownSync(join(base, folder), NOBODY, NOBODY);
  }
  return base;
}

/** Any user can be made a plain one by root alone; whoever is not root is one already. */
const asPlainUser = () =>
  process.getuid?.() === 0 ? { base: ownBase(), wrapper: AS_NOBODY } : { base: newBase() };

it('a plain user with own dirs runs it, and all it writes is its own', async () => {
  await using payroll = await Payroll.open();
  const home = asPlainUser();
  const citizen = await payroll.run(home);
  await citizen.follows();
  expect((await citizen.cli('get', 'db.port')).stdout).toBe('5432\n');
  expect((await citizen.cli('set', 'a', 'b', '--for', '1h', '--reason', 'x')).code).toBe(0);
  const state = join(citizen.base, 'state');
  const owner = statSync(state).uid;
  for (const name of readdirSync(state)) {
    const { uid, mode } = statSync(join(state, name));
    expect([name, uid, mode & 0o077]).toEqual([name, owner, 0]);
  }
  expect(await citizen.agent.stop()).toBe(0);
});

it.runIf(process.getuid?.() === 0)('a state dir of another user is refused', async () => {
  await using payroll = await Payroll.open();
  const base = ownBase();
  const { code, stderr } = await payroll.finish({ base });
  expect([code, stderr]).toEqual([2, expect.stringMatching(/belongs to uid 65534.*\[LF_STATE_DIR\]\n$/s)]);
});

it.runIf(process.getuid?.() === 0)('a state dir that cannot be written is done without', async () => {
  await using payroll = await Payroll.open();
  const home = asPlainUser();
  chownSync(home.base, 0, 0);
  chmodSync(home.base, 0o755);
  const env = { LANDFALL_STATE_DIR: join(home.base, 'unwritable') };
  const citizen = await payroll.run({ ...home, env });
  expect(await citizen.json('/v1/status')).toMatchObject({
    fence: { state: expect.stringContaining('nothing is kept') as string },
  });
});

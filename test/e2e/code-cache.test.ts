import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SETTLED_FLAGS } from '#agent/settled-flags.ts';
import { V8_FLAGS } from '#scripts/build/executable.ts';

/** As the loader of an executable does it: the first part as V8 comes, the others when the daemon has settled. */
const TAKE = `
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');
const { setFlagsFromString } = require('node:v8');
const [flags, ...paths] = process.argv.slice(1);
const isTaken = (path) =>
  !new Script(readFileSync(path, 'latin1'), { cachedData: readFileSync(path + '.cache') }).cachedDataRejected;
const isStart = (path) => path.endsWith('/start.cjs');
const refused = paths.filter((path) => isStart(path) && !isTaken(path));
for (const flag of JSON.parse(flags)) setFlagsFromString(flag);
refused.push(...paths.filter((path) => !isStart(path) && !isTaken(path)));
console.log(JSON.stringify(refused));
`;

function refused(program: string, flags: readonly string[]): readonly string[] {
  const paths = globSync(`.cache/build/${program}/*.cjs.cache`).map((path) =>
    path.slice(0, -'.cache'.length),
  );
  expect(paths.length).toBeGreaterThan(20);
  const args = [...V8_FLAGS, '-e', TAKE, JSON.stringify(flags), ...paths];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as readonly string[];
}

describe('the code cache of each part', () => {
  it('is taken by a daemon, whose flags it was made under', () => {
    expect(refused('landfall', SETTLED_FLAGS)).toEqual([]);
  });

  it('is taken by the operator program', () => {
    expect(refused('landfall-ops', [])).toEqual([]);
  });

  it('is refused under another flag: else these tests would show nothing', () => {
    const others = refused('landfall', [...SETTLED_FLAGS, '--no-flush-bytecode']);
    expect(others.length).toBeGreaterThan(20);
    expect(others.some((path) => path.endsWith('/start.cjs'))).toBe(false);
  });
});

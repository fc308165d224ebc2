import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { waysOf } from '../../scripts/build/ways.ts';
import { importsOfProgram } from '../support/import-graph.ts';

/** Files that a reader opens at most who follows one thing from end to end. */
const MOST = new Map([
  ['a value', 25],
  ['a log line', 20],
  ['a publication', 14],
]);

const DOOR = 'config-service/index.ts';
const WAYS = waysOf(readFileSync('ARCHITECTURE.md', 'utf8'));
const ARROWS = importsOfProgram().filter(({ to }) => !to.includes('/kit/'));

/** The file itself, and what it imports. */
function around(file: string): ReadonlySet<string> {
  return new Set([file, ...ARROWS.filter(({ from }) => from === file).map(({ to }) => to)]);
}

function meet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return [...one].some((file) => other.has(file));
}

it('there are three', () => {
  expect(WAYS.map(({ of }) => of)).toEqual([...MOST.keys()]);
});

it.each(WAYS)('the way of $of has files that are there, and no more than a reader follows', (way) => {
  expect(way.files.filter((file) => !existsSync(file))).toEqual([]);
  expect(way.files.length).toBeGreaterThan(8);
  expect(way.files.length).toBeLessThanOrEqual(MOST.get(way.of) ?? 0);
});

it.each(WAYS)('the way of $of is one: imports and common ports lead from its first file to all', (way) => {
  const near = new Map(way.files.map((file) => [file, around(file)]));
  const behindDoor = around(DOOR);
  const isJoined = (one: ReadonlySet<string> = new Set(), other: ReadonlySet<string> = new Set()): boolean =>
    meet(one, other) || (one.has(DOOR) && meet(behindDoor, other));
  const reached = way.files.slice(0, 1);
  for (const file of reached)
    for (const other of way.files) {
      const [here, there] = [near.get(file), near.get(other)];
      if (!reached.includes(other) && (isJoined(here, there) || isJoined(there, here))) reached.push(other);
    }
  expect(way.files.filter((file) => !reached.includes(file))).toEqual([]);
});

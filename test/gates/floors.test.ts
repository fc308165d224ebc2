import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importsOfProgram, type Arrow } from '../support/import-graph.ts';

/** `agent/apply            commands < . < render, units`: a room and its floors, ground first; `.` is what lies in the room itself. */
const PLAN = /^ {4}((?:agent|config-service|scripts)\/[a-z-]+) {2,}(\S.* < .*)$/gm;

const PLANS = new Map(
  [...readFileSync('ARCHITECTURE.md', 'utf8').matchAll(PLAN)].map(([, room = '', floors = '']) => [
    room,
    floors.split(' < ').map((floor) => floor.split(', ')),
  ]),
);

const ARROWS = importsOfProgram();

function subRoom(room: string, file: string): string {
  const [first = '', ...rest] = file.slice(room.length + 1).split('/');
  return rest.length === 0 ? '.' : first;
}

/** Imports of one room that lead upwards, or across to another sub-room of the same floor. */
function wrongArrows(
  room: string,
  floors: readonly (readonly string[])[],
  arrows: readonly Arrow[],
): string[] {
  const heightOf = (name: string): number => floors.findIndex((floor) => floor.includes(name));
  return arrows
    .filter(({ from, to }) => from.startsWith(`${room}/`) && to.startsWith(`${room}/`))
    .filter(({ from, to }) => {
      const [above, below] = [subRoom(room, from), subRoom(room, to)];
      return above !== below && heightOf(below) >= heightOf(above);
    })
    .map(({ from, to }) => `${from} -> ${to}`);
}

describe('floors of rooms, as ARCHITECTURE.md draws them', () => {
  it('has a plan for each room with rooms in it, and names each of these', () => {
    const drawn = [...PLANS].flatMap(([room, floors]) => floors.flat().map((name) => `${room}/${name}`));
    const there = globSync('{agent,config-service,scripts}/*/*/*.ts').map((file) =>
      file.split('/').slice(0, 3).join('/'),
    );
    const own = [...PLANS.keys()]
      .filter((room) => globSync(`${room}/*.ts`).length > 0)
      .map((room) => `${room}/.`);
    expect(drawn.toSorted()).toEqual([...new Set([...there, ...own])].toSorted());
  });

  it.each([...PLANS])('%s: no import leads upwards', (room, floors) => {
    expect(wrongArrows(room, floors, ARROWS)).toEqual([]);
  });

  it('would see one that does, and one across', () => {
    const floors = [['base'], ['address', 'volume'], ['.']];
    const planted = [
      { from: 'agent/claims/base/claim-fault.ts', to: 'agent/claims/volume/mounting.ts' },
      { from: 'agent/claims/address/address-claim.ts', to: 'agent/claims/volume/mounting.ts' },
      { from: 'agent/claims/claims.ts', to: 'agent/claims/volume/mounting.ts' },
    ];
    expect(wrongArrows('agent/claims', floors, planted)).toEqual([
      'agent/claims/base/claim-fault.ts -> agent/claims/volume/mounting.ts',
      'agent/claims/address/address-claim.ts -> agent/claims/volume/mounting.ts',
    ]);
  });
});

describe('doors of the agent, as ARCHITECTURE.md lists them', () => {
  it('are all that scripts import of it', () => {
    const page = readFileSync('ARCHITECTURE.md', 'utf8');
    const [, list = ''] = /## Doors of the agent\n.*?\n((?:\| `agent.*\n)+)/s.exec(page) ?? [];
    const doors = [...list.matchAll(/^\| `(agent[^`]*)` \| (.*) \|$/gm)].flatMap(
      ([, room = '', files = '']) =>
        [...files.matchAll(/`([^`]+)`/g)].map(([, file = '']) => `${room}/${file}.ts`),
    );
    const used = ARROWS.filter(({ from, to }) => from.startsWith('scripts/') && to.startsWith('agent/'));
    expect(doors.length).toBeGreaterThan(20);
    expect([...new Set(used.map(({ to }) => to))].toSorted()).toEqual(doors.toSorted());
  });
});

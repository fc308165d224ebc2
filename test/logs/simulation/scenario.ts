import type { Random } from '#kit/clock.ts';

/** What may happen in one run; all of it follows from the seed. */
export interface Scenario {
  readonly globs: readonly string[];
  readonly files: readonly string[];
  readonly rotation: 'rename' | 'copytruncate' | 'delete' | 'none';
  /** Truncates before all was read, too. Only where no kill makes the agent forget what it has read. */
  readonly truncatesEarly: boolean;
  /** The file of a renamed one is there at once, or with its first line. */
  readonly createsAtOnce: boolean;
  /** The writer goes on in the renamed file for a while. */
  readonly isStale: boolean;
  readonly keep: number;
  readonly kills: boolean;
  /** Kills come while several full batches are on their way, too. */
  readonly bursts: boolean;
  readonly restarts: boolean;
  readonly jumps: 'none' | 'small' | 'days';
  readonly changesPlan: boolean;
  readonly deletesGroups: boolean;
  readonly denies: boolean;
  readonly filters: boolean;
  readonly poisons: boolean;
  /** Of a hundred calls, saves, and operations of the disk. */
  readonly trouble: number;
  readonly saveFailures: number;
  readonly slowness: number;
  readonly reusesInodes: boolean;
  readonly descriptors: number;
  readonly steps: number;
  /** It begins as soon as the files were seen and that is kept, before a line of them has arrived. */
  readonly isYoung: boolean;
}

export function scenarioOf(random: Random): Scenario {
  const chance = (part: number): boolean => random() < part;
  const pick = <T>(...values: readonly [T, ...T[]]): T =>
    values[Math.floor(random() * values.length)] ?? values[0];
  const several = chance(0.3);
  const rotation = pick('rename', 'rename', 'rename', 'copytruncate', 'copytruncate', 'delete', 'none');
  const kills = chance(0.5);
  const isStale = rotation === 'rename' && chance(0.3);
  return {
    globs: several ? ['/log/*.log'] : [pick('/log/a.log', '/log/a.log*')],
    files: several ? ['/log/a.log', '/log/b.log', '/log/c.log'] : ['/log/a.log'],
    rotation,
    truncatesEarly: !kills && chance(0.5),
    isStale,
    createsAtOnce: isStale || chance(0.6),
    keep: pick(2, 4, 20),
    kills,
    restarts: chance(0.3),
    jumps: pick('none', 'none', 'none', 'small', 'days'),
    changesPlan: chance(0.3),
    deletesGroups: chance(0.2),
    denies: chance(0.15),
    filters: chance(0.3),
    poisons: chance(0.2),
    trouble: pick(0, 0, 5, 25, 50),
    saveFailures: pick(0, 0, 20),
    slowness: pick(0, 2, 10),
    reusesInodes: chance(0.5),
    descriptors: rotation === 'delete' ? 64 : pick(1, 3, 64),
    steps: 10 + Math.floor(random() * 20),
    bursts: kills && chance(0.15),
    isYoung: chance(0.5),
  };
}

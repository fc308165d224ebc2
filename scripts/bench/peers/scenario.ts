import { seeded } from './seeded-line.ts';

/** What happens next: to the log, to the shipper, to the way between shipper and sink. */
export type Step =
  | { readonly do: 'write'; readonly lines: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'rename' | 'copyTruncate' | 'compress' | 'delete' | 'truncate' }
  /** `stop` is SIGTERM and the exit, `kill` SIGKILL and the exit. */
  | { readonly do: 'start' | 'stop' | 'kill' }
  | { readonly do: 'cut' | 'restore' }
  /** Waits until all that was written has arrived, or nothing comes any more. */
  | { readonly do: 'settle' };

/** A course for any shipper: its steps follow from the seed alone. */
export interface Scenario {
  readonly name: string;
  /** What is done to it, for people. */
  readonly what: string;
  /** @param scale 1 for what is published; less writes fewer lines in less time. */
  readonly steps: (seed: number, scale: number) => readonly Step[];
}

const OUTAGE_LINES = 200_000;
const OUTAGE_SECONDS = 20;
const PORTION_MS = 20;

/** It runs and has shown that it ships. */
const UP: readonly Step[] = [{ do: 'start' }, { do: 'write', lines: 100 }, { do: 'settle' }];

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'steady',
    what: '20,000 lines at 2,000 a second',
    steps: (seed, scale) => [...UP, ...writing(seed, 20_000 * scale, 10 * scale)],
  },
  {
    name: 'rename',
    what: '60,000 lines at 1,500 a second, renamed 4 times, some 10 s apart',
    steps: (seed, scale) => [
      ...UP,
      ...among(seed, writing(seed, 60_000 * scale, 40 * scale), times(4, scale), 'rename'),
    ],
  },
  {
    name: 'rename-quick',
    what: '20,000 lines at 2,000 a second, renamed 50 times, 0.2 s apart',
    steps: (seed, scale) => [
      ...UP,
      ...among(seed, writing(seed, 20_000 * scale, 10 * scale), times(50, scale), 'rename'),
    ],
  },
  {
    name: 'rename-outage',
    what: 'the sink is away for 20 s, 200,000 lines are written, renamed 8 times',
    steps: (seed, scale) => outage(among(seed, burst(seed, scale), times(8, scale), 'rename')),
  },
  {
    name: 'copytruncate-outage',
    what: 'the same with copytruncate, 4 times',
    steps: (seed, scale) => outage(among(seed, burst(seed, scale), times(4, scale), 'copyTruncate')),
  },
  {
    name: 'delete-outage',
    what: 'the same, then the file is deleted and a new one is written',
    steps: (seed, scale) => outage([...burst(seed, scale), { do: 'delete' }, { do: 'write', lines: 1000 }]),
  },
  {
    name: 'stop-outage',
    what: 'SIGTERM while the sink is away, more lines, the sink is back, start',
    steps: (seed, scale) => [
      ...UP,
      { do: 'cut' },
      ...writing(seed, 20_000 * scale, 10 * scale),
      { do: 'stop' },
      { do: 'write', lines: 1000 },
      { do: 'restore' },
      { do: 'start' },
    ],
  },
  {
    name: 'kill',
    what: '2,000 lines a second, renamed 12 times, kill -9 and start 10 times',
    steps: (seed, scale) => [
      ...UP,
      ...among(seed, lives(seed, times(10, scale)), times(12, scale), 'rename'),
    ],
  },
  {
    name: 'regrown-stopped',
    what: 'stopped, truncated, and grown beyond where it stood; start',
    steps: (seed, scale) =>
      stopped(seed, scale, [{ do: 'truncate' }, { do: 'write', lines: Math.ceil(8000 * scale) }]),
  },
  {
    name: 'renamed-stopped',
    what: 'stopped, written and renamed twice; start',
    steps: (seed, scale) =>
      stopped(seed, scale, [
        { do: 'write', lines: 2000 },
        { do: 'rename' },
        { do: 'write', lines: 2000 },
        { do: 'rename' },
        { do: 'write', lines: 1000 },
      ]),
  },
  {
    name: 'gzip-stopped',
    what: 'stopped, written, renamed and compressed; start',
    steps: (seed, scale) =>
      stopped(seed, scale, [
        { do: 'write', lines: 2000 },
        { do: 'rename' },
        { do: 'compress' },
        { do: 'write', lines: 1000 },
      ]),
  },
];

/** Less of everything in less time leaves what lies between two rotations as it is. */
function times(count: number, scale: number): number {
  return Math.max(2, Math.round(count * scale));
}

function outage(meanwhile: readonly Step[]): readonly Step[] {
  return [...UP, { do: 'cut' }, ...meanwhile, { do: 'restore' }];
}

function burst(seed: number, scale: number): readonly Step[] {
  return writing(seed, OUTAGE_LINES * scale, OUTAGE_SECONDS * scale);
}

function stopped(seed: number, scale: number, meanwhile: readonly Step[]): readonly Step[] {
  const before = writing(seed, 4000 * scale, 2 * scale);
  return [...UP, ...before, { do: 'settle' }, { do: 'stop' }, ...meanwhile, { do: 'start' }];
}

/** In portions that come regularly and differ in size. */
function writing(seed: number, lines: number, seconds: number): readonly Step[] {
  const portions = Math.max(1, Math.round((seconds * 1000) / PORTION_MS));
  const steps: Step[] = [];
  let left = Math.ceil(lines);
  for (let portion = 0; portion < portions && left > 0; portion += 1) {
    const size = Math.round(seeded(seed, portion) * 2 * (lines / portions));
    const last = portion === portions - 1;
    const count = last ? left : Math.min(left, size);
    if (count > 0) steps.push({ do: 'write', lines: count });
    left -= count;
    steps.push({ do: 'wait', ms: PORTION_MS });
  }
  return steps;
}

/** Lives of 0.3 to 3.3 s, with up to half a second between them; the application writes through all of it. */
function lives(seed: number, count: number): readonly Step[] {
  const steps: Step[] = [];
  for (let life = 0; life < count; life += 1) {
    const alive = 0.3 + 3 * seeded(~seed, 2 * life);
    const dead = 0.5 * seeded(~seed, 2 * life + 1);
    steps.push(...writing(seed + 2 * life, 2000 * alive, alive), { do: 'kill' });
    steps.push(...writing(seed + 2 * life + 1, 2000 * dead, dead), { do: 'start' });
  }
  return steps;
}

/** So many times among the steps, at distances that the seed says and that are half of the mean at least. */
function among(
  seed: number,
  steps: readonly Step[],
  count: number,
  what: 'rename' | 'copyTruncate',
): readonly Step[] {
  const apart = steps.length / count;
  const places = new Set(
    Array.from({ length: count }, (_, turn) => Math.floor((turn + 0.25 + seeded(~seed, turn) / 2) * apart)),
  );
  return steps.flatMap((step, place): readonly Step[] => (places.has(place) ? [{ do: what }, step] : [step]));
}

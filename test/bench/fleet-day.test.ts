import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { figuresOf } from '#scripts/bench/fleet-day.ts';
import { pollingCost } from '#scripts/bench/request-prices.ts';
import { RequestCounts } from '#scripts/bench/request-counts.ts';
import { liveDay } from '#scripts/bench/simulated-day.ts';
import { verdictOf } from '#scripts/bench/verdict.ts';

const AGENTS = 1000;

describe('a day of a fleet', async () => {
  const day = await liveDay({ agents: AGENTS, outageMs: 1_800_000, seed: 3, say: () => {} });

  it.for(figuresOf(day, AGENTS))('$what: holds', (figure) => {
    expect(figure).toSatisfy(() => verdictOf(figure) === 'pass');
  });

  it('asks in an outage, from its first minute on, less than one and a half times of what it asks else', () => {
    const { from, until } = day.course.outage;
    const outage = { from: from / 1000, until: until / 1000 };
    const quiet = day.s3.all.total({ from: 4 * 3600, until: 5 * 3600 }) / 3600;
    expect(quiet).toBeCloseTo(AGENTS / 30, 5);
    expect(day.s3.all.busiest(outage, 30) / quiet).toBeLessThan(1.5);
    expect(day.s3.all.busiest(outage, 30) / quiet).toBeGreaterThan(1.2);
  });

  it('asks, booting into an outage, no more than it asks else, and does not come back as one', () => {
    const { from, until } = day.course.bootOutage;
    const quiet = AGENTS / 30;
    // Once the launch is over: a third of what polls would be, and what is not answered takes its time.
    const late =
      day.s3.all.total({ from: from / 1000 + 900, until: until / 1000 }) / (until / 1000 - from / 1000 - 900);
    expect(late / quiet).toBeLessThan(0.45);
    expect(late / quiet).toBeGreaterThan(0.15);
    // Six requests each, of which no interval after it sees more than a third.
    const first = day.s3.all.total({ from: until / 1000, until: until / 1000 + 30 });
    expect(first).toBeLessThan(2 * AGENTS);
    expect(day.missing.get('launch into an outage')).toBe(0);
  });

  it('has each agent report each release once', () => {
    // The first, the rollout, the halted one for half of them and their way back, the last, and that of the second launch.
    const back = day.delays.get('halt')?.length ?? 0;
    expect(day.s3.puts.total()).toBe(4 * AGENTS + 2 * back);
  });
});

describe('the costs of docs/cost.md', () => {
  const rows = readFileSync('docs/cost.md', 'utf8').split('\n');
  const cells = (start: string): readonly string[] =>
    rows
      .find((row) => row.startsWith(`| ${start}`))
      ?.split('|')
      .slice(2, 5)
      .map((cell) => cell.trim()) ?? [];
  const FLEETS = [10, 1000, 100_000];

  it.for([
    ['**configuration**, layout `release`, every 30 s', 30],
    ['the same every 2 min', 120],
  ] as const)('%s', ([start, seconds]) => {
    expect(cells(start)).toEqual(FLEETS.map((instances) => printed(instances, seconds)));
  });
});

it('README.md has what docs/cost.md has', () => {
  const { dollars } = pollingCost(1000, 30);
  expect(readFileSync('README.md', 'utf8')).toContain(
    `about $${Math.round(dollars)} a month for 1,000 instances`,
  );
});

describe('requests by the second', () => {
  it('are the most in seconds that follow each other, within the span only', () => {
    const counts = new RequestCounts(1000);
    for (const ms of [1000, 1999, 2000, 5000, 5001, 5002]) counts.note(ms);
    expect(counts.total()).toBe(6);
    expect(counts.busiest()).toBe(3);
    expect(counts.busiest({ from: 0, until: 4 })).toBe(2);
    expect(counts.busiest({ from: 0, until: 5 }, 2)).toBe(1.5);
  });

  it('repeat a minute only when it was the one before it', () => {
    const counts = new RequestCounts(0);
    for (let second = 0; second < 120; second += 7) counts.note(second * 1000);
    expect(counts.isPeriodic(120)).toBe(false);
    for (let second = 120; second < 240; second += 6) counts.note(second * 1000);
    expect(counts.isPeriodic(240)).toBe(true);
    counts.repeat(240, 2);
    expect(counts.total({ from: 240, until: 360 })).toBe(20);
  });
});

/** As the table has it. */
function printed(instances: number, seconds: number): string {
  const { dollars, rate } = pollingCost(instances, seconds);
  const price = dollars < 1 ? dollars.toFixed(2) : Math.round(dollars).toLocaleString('en-US');
  return `$${price}, ${rate < 1 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en-US')}/s`;
}

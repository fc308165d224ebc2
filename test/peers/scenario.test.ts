import { expect, test } from 'vitest';
import { SCENARIOS, type Step } from '#scripts/bench/peers/scenario.ts';

const count = (steps: readonly Step[], what: Step['do']): number =>
  steps.filter((step) => step.do === what).length;

const linesIn = (steps: readonly Step[]): number =>
  steps.reduce((sum, step) => sum + (step.do === 'write' ? step.lines : 0), 0);

test.each(SCENARIOS)('$name: the same steps for the same seed, others for another', ({ steps }) => {
  expect(steps(1, 1)).toEqual(steps(1, 1));
  expect(steps(2, 1)).not.toEqual(steps(1, 1));
});

test.each(SCENARIOS)('$name can be played: it begins with a start and never starts twice', ({ steps }) => {
  for (const scale of [1, 0.1, 0.01]) {
    let [runs, cut] = [false, false];
    for (const step of steps(5, scale)) {
      if (step.do === 'start') {
        expect(runs).toBe(false);
        runs = true;
      } else if (step.do === 'stop' || step.do === 'kill') {
        expect(runs).toBe(true);
        runs = false;
      } else if (step.do === 'cut' || step.do === 'restore') {
        expect(cut).toBe(step.do === 'restore');
        cut = step.do === 'cut';
      } else if (step.do === 'write') {
        expect(step.lines).toBeGreaterThan(0);
        expect(Number.isInteger(step.lines)).toBe(true);
      }
    }
    // In the end it has to be able to deliver.
    expect({ runs, cut }).toEqual({ runs: true, cut: false });
  }
});

test.each(SCENARIOS)('$name does what it says', ({ what, steps }) => {
  const all = steps(9, 1);
  for (const [, lines = ''] of what.matchAll(/([\d,]+) lines/g)) {
    const said = Number(lines.replace(',', ''));
    if (said > 2000) expect(linesIn(all) - said).toBeLessThanOrEqual(1100);
    expect(linesIn(all)).toBeGreaterThanOrEqual(said);
  }
  const renamed = /renamed (\d+) times/.exec(what)?.[1];
  if (renamed !== undefined) expect(count(all, 'rename')).toBe(Number(renamed));
  const killed = /start (\d+) times/.exec(what)?.[1];
  if (killed !== undefined) expect(count(all, 'kill')).toBe(Number(killed));
});

test('rotations keep a distance: half of the mean at least', () => {
  for (const { name, steps } of SCENARIOS.filter((scenario) =>
    /^rename(-quick|-outage)?$/.test(scenario.name),
  )) {
    const at: number[] = [];
    let ms = 0;
    for (const step of steps(4, 1)) {
      if (step.do === 'wait') ms += step.ms;
      if (step.do === 'rename') at.push(ms);
    }
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    const apart = ms / at.length;
    for (const gap of gaps) expect(gap, name).toBeGreaterThanOrEqual(apart / 2 - 40);
  }
});

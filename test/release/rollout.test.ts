import { describe, expect, it } from 'vitest';
import { parseRollout, percentAfter } from '../../config-service/release/rollout.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';

const MINUTE = 60_000;

describe('a rollout on the command line', () => {
  it('is shares with their durations, turned into shares with their beginnings', () => {
    expect(valueOf(parseRollout('10%:10m,50%:1h30m,100%'))).toEqual([
      { percent: 10, afterMs: 0 },
      { percent: 50, afterMs: 10 * MINUTE },
      { percent: 100, afterMs: 100 * MINUTE },
    ]);
  });

  it('may be everybody at once, fractions of a percent, and spaced out', () => {
    expect(valueOf(parseRollout('100%'))).toEqual([{ percent: 100, afterMs: 0 }]);
    expect(valueOf(parseRollout(' 0.5%:90s , 100% '))).toEqual([
      { percent: 0.5, afterMs: 0 },
      { percent: 100, afterMs: 90_000 },
    ]);
  });

  it.each([
    ['', 'is no step'],
    ['10', 'is no step'],
    ['10%:5m,,100%', 'is no step'],
    ['-1%:5m,100%', 'is no step'],
    ['10%:5m', 'has no end'],
    ['10%:10,100%', 'has no unit (10s, 10m or 10h)'],
    ['10%,100%', 'does not say how long'],
    ['10%:soon,100%', 'does not say how long'],
    ['100%:10m', 'has no end'],
    ['10%:5m,50%', 'the last step is not 100%'],
    ['50%:5m,50%:5m,100%', 'do not rise'],
    ['50%:5m,10%:5m,100%', 'do not rise'],
    ['10%:0s,100%', 'the times do not rise'],
    ['0%:5m,100%', 'not within'],
    ['10%:5m,101%', 'not within'],
    ['10%:91d,100%', 'more than 90 days'],
    [`${Array.from({ length: 20 }, (_, index) => `${index + 1}%:1m`).join(',')},100%`, 'more than 20'],
  ])('is refused as %j', (text, cause) => {
    const outcome = parseRollout(text);
    expect(verdictOf(outcome)).toBe('fail LF_USAGE');
    expect(outcome).toMatchObject({ fault: { cause: expect.stringContaining(cause) as string } });
  });
});

describe('the share at a time', () => {
  const steps = valueOf(parseRollout('10%:10m,50%:10m,100%'));

  it.each([
    [-1, 0],
    [0, 10],
    [10 * MINUTE - 1, 10],
    [10 * MINUTE, 50],
    [20 * MINUTE, 100],
    [Number.MAX_SAFE_INTEGER, 100],
  ])('%d ms after the start is %d%%', (elapsedMs, percent) => {
    expect(percentAfter(steps, elapsedMs)).toBe(percent);
  });
});

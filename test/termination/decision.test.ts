import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, LIFECYCLE_MS } from '#agent/termination/decision.ts';
import { STEPS, timeFor } from '#agent/termination/leaving.ts';
import type { Notice } from '#agent/termination/notice.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

function spot(action: string, inMs?: number): Notice {
  return {
    source: 'spot',
    action,
    ...(inMs === undefined ? {} : { at: new Date(NOW + inMs).toISOString() }),
  };
}

describe('a spot notice', () => {
  it.each([
    ['the time that is left', 90_000, 90_000],
    ['two minutes at most, whatever the clocks say', 3_600_000, 120_000],
    ['five seconds when it came too late', -1000, 5000],
    ['two minutes when it names no time', undefined, 120_000],
  ])('is left within %s', (_, inMs, withinMs) => {
    const circumstances = { now: NOW, targetBefore: undefined };
    expect(decide(spot('terminate', inMs), circumstances)).toEqual({ kind: 'leave', withinMs });
    expect(decide(spot('stop', inMs), circumstances)).toEqual({ kind: 'leave', withinMs });
  });

  it('of a hibernation is only noted: it begins at once, and everything goes on after it', () => {
    expect(decide(spot('hibernate', 0), { now: NOW, targetBefore: undefined })).toEqual({ kind: 'note' });
  });
});

describe('a target state', () => {
  const LEAVE = { kind: 'leave', withinMs: LIFECYCLE_MS };
  it.each([
    [undefined, 'InService', { kind: 'nothing' }],
    [undefined, 'Terminated', LEAVE],
    ['InService', 'Terminated', LEAVE],
    ['Terminated', 'Terminated', { kind: 'nothing' }],
    ['Warmed:Stopped', 'Warmed:Terminated', LEAVE],
    // Launched into a pool, sent back to it, out of it again.
    [undefined, 'Warmed:Stopped', { kind: 'note' }],
    ['InService', 'Warmed:Running', LEAVE],
    ['Warmed:Running', 'InService', { kind: 'return' }],
    ['InService', 'Standby', { kind: 'note' }],
    ['Standby', 'InService', { kind: 'note' }],
    ['InService', 'Detached', { kind: 'note' }],
  ])('after %s, %s', (targetBefore, action, decision) => {
    expect(decide({ source: 'autoscaling', action }, { now: NOW, targetBefore })).toEqual(decision);
  });
});

it.each(['rebalance', 'maintenance'] as const)('%s is noted', (source) => {
  expect(decide({ source, action: 'x' }, { now: NOW, targetBefore: undefined })).toEqual({ kind: 'note' });
});

describe('the time of a step', () => {
  it('leaves the later ones what they need, and takes at least half', () => {
    expect(STEPS.map((step) => timeFor(step, 120_000))).toEqual([100_000, 30_000, 60_000, 120_000]);
    expect(STEPS.map((step) => timeFor(step, 10_000))).toEqual([5000, 5000, 5000, 10_000]);
  });

  it('is never more than there is, and never negative', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STEPS), fc.integer({ min: 0, max: 1e9 }), (step, left) => {
        const ms = timeFor(step, left);
        return ms >= 0 && ms <= left;
      }),
    );
  });
});

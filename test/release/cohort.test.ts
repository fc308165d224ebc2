import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReleaseCandidate } from '../../config-service/release/candidate.ts';
import { chooseRelease, chooses, cohortOf, percentAt } from '../../config-service/release/cohort.ts';
import { releaseDigest } from '../../config-service/release/manifest.ts';
import type { RolloutStep } from '../../config-service/release/rollout.ts';
import { candidateOf, releaseOf } from '../support/release-fixture.ts';

const START = Date.parse('2026-11-21T04:00:00Z');
const everybody: readonly RolloutStep[] = [{ percent: 100, afterMs: 0 }];
const instanceId = fc.stringMatching(/^i-[0-9a-f]{17}$/);
const salt = fc.string({ minLength: 1, maxLength: 20 });

/** As EC2 makes them: 17 hex digits. */
const fleet = (size: number) =>
  Array.from({ length: size }, (_, index) => `i-${(index * 2_654_435_761).toString(16).padStart(17, '0')}`);

function at(percent: number, seed = 'salt'): ReleaseCandidate {
  const steps =
    percent === 100
      ? everybody
      : [
          { percent, afterMs: 0 },
          { percent: 100, afterMs: 1000 },
        ];
  return { ...candidateOf('r2', steps), salt: seed };
}

describe('the cohort of an instance', () => {
  it('is the same at every call, and within [0, 1)', () => {
    fc.assert(
      fc.property(salt, instanceId, (seed, id) => {
        const place = cohortOf(seed, id);
        expect(cohortOf(seed, id)).toBe(place);
        expect(place >= 0 && place < 1).toBe(true);
      }),
    );
  });

  it('never changes from one version to the next: a fleet of two versions is one fleet', () => {
    // printf 'salt\ni-0123456789abcdef0' | sha256sum | cut -c1-12
    expect(cohortOf('salt', 'i-0123456789abcdef0')).toBe(0xb5551a34462c / 2 ** 48);
  });

  it.each([1, 10, 25, 50, 90])('holds %d%% of 100,000 instances, within one percent', (percent) => {
    const candidate = at(percent);
    const taken = fleet(100_000).filter((id) => chooses(candidate, id, START) === 'candidate').length;
    expect(Math.abs(taken / 1000 - percent)).toBeLessThan(1);
  });

  it('is drawn anew with another salt', () => {
    const both = fleet(10_000).filter(
      (id) =>
        chooses(at(10, 'a'), id, START) === 'candidate' && chooses(at(10, 'b'), id, START) === 'candidate',
    );
    // 1% would be there by chance, 10% if the salt did nothing.
    expect(both.length / 10_000).toBeLessThan(0.02);
  });

  it('only grows with the share: who is in stays in', () => {
    const share = fc.integer({ min: 1, max: 99 });
    fc.assert(
      fc.property(salt, instanceId, share, share, (seed, id, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        if (chooses(at(less, seed), id, START) === 'candidate')
          expect(chooses(at(more, seed), id, START)).toBe('candidate');
      }),
    );
  });
});

describe('the choice between two releases', () => {
  const stable = releaseOf('r1', {});
  const pointer = (candidate: ReleaseCandidate) => ({ region: 'eu-west-1', stable, candidate });
  const choose = (candidate: ReleaseCandidate, now = START, avoid: string[] = []) =>
    chooseRelease(pointer(candidate), { instanceId: 'i-1', now, avoid: new Set(avoid) });

  it('is the candidate when everybody takes it, and the stable one where there is no other', () => {
    expect(choose(at(100))).toEqual({ track: 'candidate', release: at(100).release });
    const alone = { region: 'eu-west-1', stable };
    expect(chooseRelease(alone, { instanceId: 'i-1', now: START, avoid: new Set() })).toEqual({
      track: 'stable',
      release: stable,
    });
  });

  it('is the stable one before the start, whatever a clock that is behind makes of it', () => {
    expect(choose(at(100), START - 1).track).toBe('stable');
    expect(choose(at(100), Number.NaN).track).toBe('stable');
  });

  it('is the stable one once the rollout is halted', () => {
    const halted = { ...at(100), halted: { at: '2026-11-21T04:01:00Z', reason: 'errors' } };
    expect(choose(halted).track).toBe('stable');
    expect(percentAt(halted, START)).toBe(0);
  });

  it('is never a candidate that was tried in vain, until it is published anew', () => {
    const avoid = [releaseDigest(at(100).release)];
    expect(choose(at(100), START, avoid).track).toBe('stable');
    const again = { ...at(100), release: releaseOf('r2', { base: { 'app.properties': 'fixed=1' } }) };
    expect(choose(again, START, avoid).track).toBe('candidate');
  });

  it('is the stable release even when it was once refused as a candidate', () => {
    const promoted = chooseRelease(
      { region: 'eu-west-1', stable },
      { instanceId: 'i-1', now: START, avoid: new Set([releaseDigest(stable)]) },
    );
    expect(promoted.track).toBe('stable');
  });
});

import { describe, expect, it } from 'vitest';
import { parsePointer, printPointer } from '../../config-service/release/pointer.ts';
import { haltRollout, settle } from '../../config-service/release/pointer-moves.ts';
import { candidateOf, releaseOf } from '../support/release-fixture.ts';

const REGION = 'eu-west-1';
const STEPS = [
  { percent: 10, afterMs: 0 },
  { percent: 100, afterMs: 60_000 },
];
const START = Date.parse('2026-11-21T04:00:00Z');
const stable = releaseOf('r1', { base: { a: '1' } });
const candidate = candidateOf('r2', STEPS, { base: { a: '2' } });
const HALT = { at: '2026-11-21T04:00:30Z', reason: 'errors "doubled"' };

const parse = (text: string) => parsePointer(Buffer.from(text), REGION, 's3://config/p/current.json');

/** What is said of the printed pointer after `change` was done to its candidate. */
function complaints(change: (candidate: Record<string, unknown>) => void): readonly string[] {
  const document = JSON.parse(printPointer({ region: REGION, stable, candidate })) as {
    candidate: Record<string, unknown>;
  };
  change(document.candidate);
  const parsed = parse(JSON.stringify(document));
  return parsed.kind === 'valid' ? [] : (parsed.fault.problems ?? []).map(({ message }) => message);
}

describe('a pointer with a candidate', () => {
  it.each([
    ['as it is', { region: REGION, stable, candidate }],
    ['halted', { region: REGION, stable, candidate: { ...candidate, halted: HALT } }],
  ])('reads back %s', (_, pointer) => {
    expect(parse(printPointer(pointer))).toEqual({ kind: 'valid', pointer });
  });

  it('may carry fields of the future in it', () => {
    expect(complaints((fields) => Object.assign(fields, { alarm: 'arn' }))).toEqual([]);
  });

  it.each([
    ['release', undefined, 'candidate.release is missing'],
    ['release', { id: 'r2' }, 'candidate.release.createdAt'],
    ['salt', '', 'candidate.salt is missing'],
    ['salt', 'x'.repeat(257), 'candidate.salt is missing'],
    ['startedAt', 'now', 'candidate.startedAt is no ISO 8601 time'],
    ['startedAt', '2026-13-41T00:00:00Z', 'candidate.startedAt is no ISO 8601 time'],
    ['steps', undefined, 'candidate.steps is missing'],
    ['steps', [], 'the last step is not 100%'],
    ['steps', [{ percent: 100 }], 'lacks the number'],
    ['steps', [{ percent: '100', afterMs: 0 }], 'lacks the number'],
    ['steps', [{ percent: 100, afterMs: 1 }], 'do not rise from 0'],
    ['steps', [{ percent: 100, afterMs: 0.5 }], 'do not rise from 0'],
    ['halted', true, 'candidate.halted lacks'],
    ['halted', { at: 'now', reason: '' }, 'candidate.halted lacks'],
  ])('%#: names a %s that is wrong, and nothing of it is used', (field, value, complaint) => {
    expect(complaints((fields) => void (fields[field] = value))).toEqual([
      expect.stringContaining(complaint) as string,
    ]);
  });
});

describe('the next pointer', () => {
  it('has the candidate as its stable release once the last step was reached, not before', () => {
    const pointer = { region: REGION, stable, candidate };
    expect(settle(pointer, START + 59_999)).toEqual({ region: REGION, stable });
    expect(settle(pointer, START + 60_000)).toEqual({ region: REGION, stable: candidate.release });
    expect(settle({ region: REGION, stable }, START)).toEqual({ region: REGION, stable });
  });

  it('keeps the stable release of a halted rollout, however long ago', () => {
    const halted = haltRollout({ region: REGION, stable, candidate }, HALT);
    expect(halted?.candidate).toEqual({ ...candidate, halted: HALT });
    expect(halted && settle(halted, START + 1e9)).toEqual({ region: REGION, stable });
  });

  it('is not made when there is nothing to halt', () => {
    expect(haltRollout({ region: REGION, stable }, HALT)).toBeUndefined();
    const halted = { region: REGION, stable, candidate: { ...candidate, halted: HALT } };
    expect(haltRollout(halted, HALT)).toBeUndefined();
  });
});

import { whole } from '#kit/steps.ts';
import { describe, expect, it } from 'vitest';
import type { Chains } from '../../config-service/layers/assignment.ts';
import { MAX_TOTAL_LENGTH, MAX_VALUE_LENGTH } from '../../config-service/layers/effective.ts';
import { interpolating } from '../../config-service/layers/interpolate.ts';
import { allowed } from '../support/allowed.ts';
import { payrollFacts } from '../support/layer-generator.ts';
import { problemsOf, resolveLayers, valuesOf } from '../support/resolving.ts';

const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');

describe('chains and circles', () => {
  it('follows a chain of 10,000 keys from either end', () => {
    const down = resolveLayers({ base: `${lines(10_000, (i) => `k${i}=\${k${i + 1}}`)}\nk10000=end` });
    expect(valuesOf(down)['k0']).toBe('end');
    const up = resolveLayers({ base: `k0=end\n${lines(10_000, (i) => `k${i + 1}=\${k${i}}`)}` });
    expect(valuesOf(up)['k10000']).toBe('end');
  });

  it('names a circle of 10,000 keys in full', () => {
    const [problem, ...others] = problemsOf(
      resolveLayers({ base: lines(10_000, (i) => `k${i}=\${k${(i + 1) % 10_000}}`) }),
    );
    expect(others).toEqual([]);
    expect(problem?.message.match(/k\d+/g)).toHaveLength(10_001);
  });

  it('reports each circle once, at the line that closes it, and not those that only lead there', () => {
    const base = 'a=${b} ${c} ${b}\nb=${a}\nc=${a}\nA=${a}\nd=${d:x}';
    expect(
      problemsOf(resolveLayers({ base })).map(({ message, line }) => [message.split(':')[0], line]),
    ).toEqual([
      ['a -> b -> a', 2],
      ['a -> c -> a', 3],
      ['d -> d', 5],
    ]);
  });

  it('names the whole path to an unknown name, once, together with every other problem', () => {
    const base = 'a=${b}\nb=${c} ${nope} ${nope}\nc=${gone}\nd=${nope}';
    expect(
      problemsOf(resolveLayers({ base })).map(({ message, line }) => [message.split(':')[0], line]),
    ).toEqual([
      ['a -> b -> nope', 2],
      ['a -> b -> c -> gone', 3],
      ['d -> nope', 4],
    ]);
  });

  it('keeps the report small when everything refers to everything', () => {
    const base = lines(2000, (i) => `k${i}=\${k${(i + 1) % 2000}}\${k0}`);
    const problems = problemsOf(resolveLayers({ base }));
    expect(problems).toHaveLength(2000);
    expect(problems.reduce((sum, { message }) => sum + message.length, 0)).toBeLessThan(1_000_000);
  });
});

describe('the size of values', () => {
  it('stops a value that doubles itself, naming only the key that passes the limit', () => {
    const base = `k00=0123456789abcdef\n${lines(60, (i) => `k${pad(i + 1)}=\${k${pad(i)}}\${k${pad(i)}}`)}`;
    expect(problemsOf(resolveLayers({ base }))).toMatchObject([
      { code: 'LF_VALUE_TOO_LARGE', message: "'k17' grows beyond 1048576 characters", line: 18 },
    ]);
  });

  it('takes a value of exactly the limit, and no more', () => {
    const half = 'x'.repeat(MAX_VALUE_LENGTH / 2);
    expect(valuesOf(resolveLayers({ base: `h=${half}\nk=\${h}\${h}` }))['k']).toHaveLength(MAX_VALUE_LENGTH);
    expect(problemsOf(resolveLayers({ base: `h=${half}\nk=\${h}\${h}x\${h}y` }))).toHaveLength(1);
    expect(problemsOf(resolveLayers({ base: `k=x${half}${half}` }))).toHaveLength(1);
  });

  it('stops a value that names a large one more often than a text may be long', () => {
    const base = `a=${'x'.repeat(MAX_VALUE_LENGTH)}\nk=${'${a}'.repeat(600)}`;
    expect(problemsOf(resolveLayers({ base }))).toMatchObject([{ code: 'LF_VALUE_TOO_LARGE', line: 2 }]);
  });

  it('takes a value of very many names in the time that it takes to read them', () => {
    const names = lines(60_000, (i) => `\${k${i}:x}`).replaceAll('\n', '');
    const started = performance.now();
    expect(valuesOf(resolveLayers({ base: `k=${names}` }))['k']).toHaveLength(60_000);
    expect(performance.now() - started).toBeLessThan(allowed(1000));
  });

  it('stops when all values together are too large, and says so once', () => {
    const chain = lines(10_000, (i) => `k${pad(i + 1)}=\${k${pad(i)}} `);
    const base = `k00=${'x'.repeat(MAX_VALUE_LENGTH / 2)}\n${chain}\nnever.looked.at=\${gone}`;
    expect(problemsOf(resolveLayers({ base }))).toMatchObject([
      { code: 'LF_VALUE_TOO_LARGE', message: expect.stringContaining(String(MAX_TOTAL_LENGTH)), line: 128 },
    ]);
  });

  it('counts plain values too, in the order of their keys', () => {
    const raw = 'x'.repeat(MAX_VALUE_LENGTH);
    const origin = { layer: 'base', file: 'f', line: 1, object: 'o' };
    const keys = Array.from({ length: 66 }, (_, index) => `k${pad(index)}`);
    for (const inTheirFile of [keys, keys.toReversed()]) {
      const chains: Chains = new Map(inTheirFile.map((key) => [key, [{ ...origin, raw, strength: 0 }]]));
      const { problems } = whole(interpolating(chains, keys, { facts: payrollFacts }));
      expect(problems.map(({ message }) => message)).toEqual([
        `with 'k64' all values together grow beyond ${MAX_TOTAL_LENGTH} characters`,
      ]);
    }
  });
});

function pad(index: number): string {
  return String(index).padStart(2, '0');
}

import { describe, expect, it } from 'vitest';
import { plainOf } from '#agent/plan/plan-node.ts';
import { readPlan } from '#agent/plan/read-plan.ts';
import { layerOf } from '../support/layer-generator.ts';

const problemsOf = (text: string) =>
  readPlan([layerOf('base', { 'plan.yaml': text })]).problems.map(
    ({ line, message }) => `${line} ${message}`,
  );
const nested = (levels: number) => `logs: { a: { x: ${'['.repeat(levels)}${']'.repeat(levels)} } }\n`;

describe('the text of a plan', () => {
  it.each([
    ['deeper than 50 levels', nested(60), 'undefined nested deeper than 50 levels'],
    ['so deep that the library gives up', nested(500_000), 'undefined nested deeper than 50 levels'],
    ['larger than a mebibyte', `# ${'x'.repeat(1024 * 1024)}`, /^undefined 1048578 bytes are more than/],
    [
      'an alias inside of its own anchor',
      'logs: { a: &a { b: *a } }\n',
      'undefined nested deeper than 50 levels',
    ],
    ['an alias before its anchor', 'logs:\n  a: { b: *a }\n', /^2 /],
    ['a list for a key', 'logs:\n  [a]: {}\n', '2 a key must be a single name'],
    ['a tag', 'logs: { a: { b: !secret x } }\n', /^1 Unresolved tag: !secret$/],
    ['a second document', 'logs:\n---\nlogs:\n', /^2 a second document starts here/],
  ])('may not be %s', (_, text, problem) => {
    expect(problemsOf(text)).toEqual([
      typeof problem === 'string' ? problem : expect.stringMatching(problem),
    ]);
  });

  it.each(['logs:\n---\n', 'logs:\n---\n# end\n', '---\nlogs:\n---\n---\n'])('may end in %j', (text) => {
    expect(problemsOf(text)).toEqual([]);
  });

  it('may repeat itself with anchors', () => {
    const { plan, problems } = readPlan([
      layerOf('base', { 'plan.yaml': 'logs:\n  a: &a { path: /x }\n  b: *a\n' }),
    ]);
    expect(problems).toEqual([]);
    expect(plan.logs).toMatchObject([{ name: 'a' }, { name: 'b', settings: { line: 3 } }]);
    expect(plan.logs.map(({ settings }) => plainOf(settings))).toEqual([{ path: '/x' }, { path: '/x' }]);
  });
});

import { describe, expect, it } from 'vitest';
import { parseIgnoreRules } from '#agent/scan/ignore-rules.ts';

/** The examples of gitignore(5), and its traps. */
describe('ignore rules', () => {
  it.each([
    ['*.log', 'a/b.log', true],
    ['hello.*', 'a/hello.txt', true],
    ['/hello.*', 'a/hello.txt', undefined],
    ['/hello.*', 'hello.c', true],
    ['doc/frotz', 'doc/frotz', true],
    ['doc/frotz', 'a/doc/frotz', undefined],
    ['**/foo/bar', 'x/y/foo/bar', true],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['foo/*', 'foo/test.json', true],
    ['foo/*', 'foo/bar/hello.c', undefined],
    ['.*', '.env', true],
    ['#note', '#note', undefined],
    [String.raw`\#note`, '#note', true],
    [String.raw`\!important`, '!important', true],
    ['name  ', 'name', true],
    ['a{b,c}', 'ab', undefined],
    ['*.log\n!keep.log', 'keep.log', false],
    ['!keep.log\n*.log', 'keep.log', true],
  ])('%j and %s: %s', (rules, path, expected) => {
    expect(parseIgnoreRules(rules)(path, false)).toBe(expected);
  });

  it('with a slash at the end speak of folders only', () => {
    const rules = parseIgnoreRules('build/');
    expect(rules('build', false)).toBeUndefined();
    expect(rules('sub/build', true)).toBe(true);
  });
});

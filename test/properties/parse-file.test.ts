import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPropertiesFile, parseFile } from '../../config-service/properties/parse-file.ts';
import { pairsOf, parseText } from './parse-text.ts';

describe('which files of a layer are properties', () => {
  it.each(['app.properties', 'db.yaml', 'db.yml', 'db.json', 'a.b.yaml', 'my plan.yaml', 'plan.json'])(
    '%s is',
    (path) => {
      expect(isPropertiesFile(path)).toBe(true);
    },
  );

  it.each([
    'plan.yaml',
    'plan.yml',
    'README.md',
    'yaml',
    'properties',
    'app.properties.bak',
    'app.YAML',
    '',
    '.yaml',
    '.ci.yml',
    'scripts/a.json',
    'templates/app.yaml',
    'files/x.properties',
    'other/db.yaml',
    'db.yaml/',
  ])('%s is not', (path) => {
    expect(isPropertiesFile(path)).toBe(false);
  });
});

describe('parseFile', () => {
  it.each(['a.properties', 'a.yaml', 'a.yml', 'a.json'])('chooses the parser by extension: %s', (path) => {
    const text = { properties: 'k = v', json: '{"k": "v"}' }[path.slice(2)] ?? 'k: v';
    expect(pairsOf(path, text)).toEqual([['k', 'v']]);
  });

  it.each(['a.toml', 'Makefile', 'a.constructor', ''])(
    'rejects an extension without a parser: %j',
    (path) => {
      expect(parseText(path, 'a=1')).toMatchObject({
        kind: 'rejected',
        problems: [{ code: 'LF_PARSE', file: path }],
      });
    },
  );

  it('gives every problem its file, line and column', () => {
    for (const [path, text] of [
      ['x.properties', '\\u'],
      ['x.yaml', 'a: 1\na: 2'],
      ['x.json', '{'],
    ] as const) {
      expect(parseText(path, text)).toMatchObject({
        kind: 'rejected',
        problems: [{ file: path, line: expect.any(Number) as number, column: expect.any(Number) as number }],
      });
    }
  });

  it.each(['a.properties', 'a.yaml', 'a.json'])('answers whatever the bytes are: %s', (path) => {
    const characters = Array.from('{}[]:,-?&*!|>%@`"\'\\#= \t\n\r\u{FEFF}\u{85}');
    const syntax = fc.constantFrom(...characters, 'a', '1', '<<', '---', '&a', '*a', '\\u', '- ', ': ');
    const text = fc.array(syntax, { maxLength: 30 }).map((parts) => new TextEncoder().encode(parts.join('')));
    fc.assert(
      fc.property(fc.oneof(text, fc.uint8Array()), (bytes) => {
        const file = parseFile(path, bytes);
        if (file.kind === 'rejected') expect(file.problems.length).toBeGreaterThan(0);
        expect(JSON.stringify(file)).not.toContain('the parser failed');
      }),
      { numRuns: 3000 },
    );
  });
});

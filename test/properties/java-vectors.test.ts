import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createFindings } from '../../config-service/properties/findings.ts';
import { whole } from '#kit/steps.ts';
import { parseProperties } from '../../config-service/properties/java-properties.ts';
import { locateIn } from '../../config-service/properties/text-position.ts';
import { parseText } from './parse-text.ts';

// The output of a real JVM (JDK 17.0.15), one vector a line: JSON text, then a JSON object or THROWS.
const VECTORS = readFileSync(new URL('fixtures/java-properties-vectors.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => line.split('  =>  ', 2) as [input: string, output: string]);

/** Below the decoder, where Java's own treatment of NUL and U+FEFF can be seen. */
function load(text: string): Map<string, string> | 'rejected' {
  const findings = createFindings('a.properties', locateIn(text));
  const file = findings.conclude(whole(parseProperties(text, findings)));
  return file.kind === 'rejected'
    ? 'rejected'
    : new Map(file.entries.map(({ key, value }) => [key, value] as const));
}

describe('the vectors of java.util.Properties', () => {
  it('are all there', () => {
    expect(VECTORS).toHaveLength(84);
  });

  it.each(VECTORS)('%s gives %s', (input, output) => {
    const expected = output.startsWith('THROWS')
      ? 'rejected'
      : new Map(Object.entries(JSON.parse(output.replace(', }', '}')) as Record<string, string>));
    expect(load(JSON.parse(input) as string)).toEqual(expected);
  });
});

describe('where we differ from Java on purpose', () => {
  it('drops a byte order mark with a warning instead of making it part of the first key', () => {
    expect(parseText('a.properties', '\u{FEFF}a=b')).toMatchObject({
      kind: 'parsed',
      entries: [{ key: 'a', value: 'b', line: 1, column: 1 }],
      warnings: [{ code: 'LF_ENCODING', file: 'a.properties', line: 1, column: 1 }],
    });
  });

  it('rejects a raw NUL and reads an escaped one', () => {
    expect(parseText('a.properties', 'a=\0b')).toMatchObject({
      kind: 'rejected',
      problems: [{ code: 'LF_PARSE', line: 1, column: 3 }],
    });
    expect(parseText('a.properties', 'a=\\u0000b')).toMatchObject({ entries: [{ value: '\0b' }] });
  });
});

import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFindings } from '../../config-service/properties/findings.ts';
import { whole } from '#kit/steps.ts';
import { parseProperties } from '../../config-service/properties/java-properties.ts';
import { printProperties } from '../../config-service/properties/print.ts';
import { locateIn } from '../../config-service/properties/text-position.ts';

const ORACLE = fileURLToPath(new URL('fixtures/Oracle.java', import.meta.url));
// Named here, not in the calls: knip would want `java` in package.json.
const JDK = { compiler: 'javac', machine: 'java' };
const hasJava = spawnSync(JDK.compiler, ['-version']).status === 0;
if (!hasJava) console.warn('SKIPPED: no JDK on this machine, java.util.Properties is not asked.');

/** Texts made of what has a meaning in the format, so that nearly every one is a corner. */
const nastyText = fc.array(fc.constantFrom(...alphabet()), { maxLength: 14 }).map((parts) => parts.join(''));

function alphabet(): string[] {
  const structure = [
    '\\',
    '\\\\',
    '\\\n',
    '\\\r\n',
    '\\\r',
    '\n',
    '\r',
    '\r\n',
    ' ',
    '\t',
    '\f',
    '=',
    ':',
    '#',
    '!',
  ];
  const escapes = ['\\u0041', '\\u', '\\u00', 'u0041', '41', '\\n', '\\t', '\\q'];
  const data = [
    'a',
    'b',
    '\u{A0}',
    '\u{85}',
    '\u{2028}',
    '\0',
    '\v',
    '\u{FEFF}',
    'é',
    '😀',
    '\u{D800}',
    '__proto__',
  ];
  return [...structure, ...escapes, ...data];
}

const anyUnits = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 12 });

it.runIf(hasJava)('agrees with a real JVM on random texts, and the JVM reads what is printed', () => {
  const texts = [
    ...fc.sample(nastyText, 6000),
    ...fc
      .sample(fc.array(fc.tuple(anyUnits, anyUnits), { maxLength: 4 }), 500)
      .map((pairs) => printProperties(pairs)),
  ];
  const answers = askJava(texts);
  for (const [index, text] of texts.entries()) {
    expect([JSON.stringify(text), load(text)]).toEqual([JSON.stringify(text), answers[index]]);
  }
});

/** One JVM for all texts. */
function askJava(texts: readonly string[]): string[] {
  const input = texts.map((text) => `${toHex(text)}\n`).join('');
  const output = execFileSync(JDK.machine, ['-XX:TieredStopAtLevel=1', ORACLE], {
    input,
    encoding: 'ascii',
    maxBuffer: 64 << 20,
  });
  return output.split('\n').map((line) => line.split(',').toSorted().join(','));
}

function load(text: string): string {
  const findings = createFindings('a.properties', locateIn(text));
  const file = findings.conclude(whole(parseProperties(text, findings)));
  if (file.kind === 'rejected') return '!';
  const pairs = file.entries.map(({ key, value }) => `${toHex(key)}=${toHex(value)}`);
  return pairs.toSorted().join(',');
}

function toHex(text: string): string {
  return Array.from({ length: text.length }, (_, at) =>
    text.charCodeAt(at).toString(16).padStart(4, '0'),
  ).join('');
}

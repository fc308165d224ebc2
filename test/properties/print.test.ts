import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { printEnv, printProperties, printYaml } from '../../config-service/properties/print.ts';
import { readBack } from './parse-text.ts';

/** Any UTF-16 units: control characters, leading blanks, lone surrogates, names of Object.prototype. */
const anyUnits = fc.string({
  unit: fc.oneof(fc.nat(0xff), fc.nat(0xffff)).map((unit) => String.fromCharCode(unit)),
});
const anyText = fc.oneof(
  anyUnits,
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', ' ', '__proto__', '#', '!a', '=b', 'a\\', 'no', '<<', '-', '?'),
);
const anyPairs = fc.uniqueArray(fc.tuple(anyText, anyText), { selector: ([key]) => key });

describe('printProperties', () => {
  it('prints what parseFile reads back, whatever the text', () => {
    fc.assert(
      fc.property(anyPairs, (pairs) => {
        expect(readBack('a.properties', printProperties(pairs))).toEqual(pairs);
      }),
      { numRuns: 1000 },
    );
  });

  it('escapes what needs it and leaves the rest readable', () => {
    const text = printProperties([
      ['a key:=#!', '  two  blanks\ttab\nline\\'],
      ['größe', '日本 😀 = : # !'],
      ['odd', '\0\u{7F}\u{85}\u{2028}\u{FEFF}\u{D800}'],
      ['', ''],
    ]);
    expect(text).toBe(
      'a\\ key\\:\\=\\#\\!=\\  two  blanks\\ttab\\nline\\\\\n' +
        'größe=日本 😀 = : # !\n' +
        'odd=\\u0000\\u007F\\u0085\\u2028\\uFEFF\\uD800\n' +
        '=\n',
    );
  });
});

describe('printYaml', () => {
  it('prints what parseFile reads back, whatever the text', () => {
    fc.assert(
      fc.property(anyPairs, (pairs) => {
        expect(readBack('a.yaml', printYaml(pairs))).toEqual(pairs);
      }),
      { numRuns: 1000 },
    );
  });

  it('is a flat map of texts, for YAML 1.1 readers too', () => {
    const text = printYaml([
      ['server.port', '8080'],
      ['country', 'no'],
      ['no', 'a: b'],
      ['k'.repeat(2000), 'x\u{85}'],
    ]);
    expect(text).toMatch(/^server\.port: "8080"\ncountry: "no"\n"no": "a: b"\n/);
    expect(text).toContain('"x\\u0085"');
    expect(parse(text, { version: '1.1' })).toMatchObject({
      'server.port': '8080',
      country: 'no',
      no: 'a: b',
    });
  });

  it('prints nothing as an empty map', () => {
    expect(printYaml([])).toBe('{}\n');
  });
});

describe('printEnv', () => {
  it.each([
    ['db.host', 'DB_HOST'],
    ['my-App.maxSize', 'MY_APP_MAXSIZE'],
    ['8080.x', '_8080_X'],
    ['straße', 'STRA_E'],
    ['a😀b', 'A_B'],
    ['', '_'],
  ])('names %j %s', (key, name) => {
    expect(printEnv([[key, 'v']]).text).toBe(`${name}="v"\n`);
  });

  it('prints the first of several keys with one name and reports the collision', () => {
    expect(
      printEnv([
        ['a.b', '1'],
        ['c', '2'],
        ['a_b', '3'],
        ['A-B', '4'],
      ]),
    ).toEqual({
      text: 'A_B="1"\nC="2"\n',
      collisions: [{ name: 'A_B', keys: ['a.b', 'a_b', 'A-B'] }],
      unprintable: [],
    });
  });

  it('leaves out and reports what no environment can hold', () => {
    expect(
      printEnv([
        ['a', 'x\0'],
        ['b', '\u{D800}'],
      ]),
    ).toEqual({ text: 'B="\u{FFFD}"\n', collisions: [], unprintable: ['a'] });
  });

  it('gives a real shell the values, whatever they hold', () => {
    const traps = [
      '$HOME',
      '`id`',
      '$(id)',
      'a"b\'c',
      'back\\slash\\',
      '\\\n',
      'two\nlines\n',
      ' spaced ',
      '!x',
      '\r',
      '\\$',
    ];
    const values = [
      ...traps,
      ...fc.sample(fc.string({ unit: 'binary' }), 100).map((value) => value.replaceAll('\0', '')),
    ];
    const { text } = printEnv(values.map((value, at) => [`v${at}`, value]));
    const script = `${text}\n${values.map((_, at) => `printf '%s\\0' "$V${at}"`).join('\n')}`;
    const output = execFileSync('sh', { input: script, encoding: 'utf8', env: {} });
    expect(output.split('\0').slice(0, -1)).toEqual(values);
  });
});

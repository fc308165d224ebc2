import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { nestedDocument } from '../../config-service/layers/nested-document.ts';
import { outlineOf } from '../../config-service/layers/outline.ts';
import { printNestedJson, printNestedYaml } from '../../config-service/properties/nested.ts';
import { propertiesOf, resolveLayers } from '../support/resolving.ts';

function nested(text: string, file = 'app.properties') {
  return nestedDocument(outlineOf(propertiesOf(resolveLayers({ base: { [file]: text } })), false));
}

it.each([
  ['a.b=1\na.c=x\n', '{"a":{"b":1,"c":"x"}}'],
  ['a=1\na.b=2\na.b.c=3\na.d=4\n', '{"a":1,"a.b":2,"a.b.c":3,"a.d":4}'],
  ['a.b=1\na.b.c=2\n', '{"a":{"b":1,"b.c":2}}'],
  ['__proto__.x=1\n10=b\n9=a\nconstructor=c\n', '{"10":"b","9":"a","__proto__":{"x":1},"constructor":"c"}'],
  ['a..b=1\n.c=2\n', '{"":{"c":2},"a":{"":{"b":1}}}'],
  ['a=5432\nb=-1.5\nc=true\nd=false\n', '{"a":5432,"b":-1.5,"c":true,"d":false}'],
  [
    'a=1.10\nb=007\nc=1e3\nd=+1\ne=0x10\nf=-0\ng=12345678901234567890\nh=True\ni=\nj=NaN\nk=1 \nl=null\n',
    '{"a":"1.10","b":"007","c":"1e3","d":"+1","e":"0x10","f":"-0","g":"12345678901234567890","h":"True","i":"","j":"NaN","k":"1 ","l":"null"}',
  ],
])('properties %j are %s', (text, json) => {
  expect(printNestedJson(nested(text))).toBe(json);
  expect(parse(printNestedYaml(nested(text)))).toEqual(JSON.parse(json));
});

it('lists stay lists, with all that belongs to them in them and what does not beside them', () => {
  const yaml = 'l: [a, 1, true, 1.10]\nrows: [{ n: a, t: [x] }, {}]\nnone: []\n';
  const document = nested(`${yaml}"l.9": far\n`, 'app.yaml');
  const json = '{"l":["a",1,true,"1.10"],"l.9":"far","none":[],"rows":[{"n":"a","t":["x"]},{}]}';
  expect(printNestedJson(document)).toBe(json);
  expect(parse(printNestedYaml(document))).toEqual(JSON.parse(json));
});

it('a key of many dots is no deeper than what reads it can go', () => {
  const key = Array.from({ length: 5000 }, () => 'a').join('.');
  const text = printNestedJson(nested(`${key}=1\n`));
  expect(text.match(/\{/g)?.length).toBe(200);
  expect(text).toContain(':1}');
});

it('no value is lost and none changes its text, whatever the keys', () => {
  const name = fc.stringMatching(/^[ab]{1,2}(?:\.[ab]{1,2}){0,3}$/);
  const value = fc.oneof(
    fc.stringMatching(/^[ -~]{0,5}$/),
    fc.integer().map(String),
    fc.double().map(String),
  );
  fc.assert(
    fc.property(fc.dictionary(name, value), (properties) => {
      const outline = Object.keys(properties)
        .toSorted()
        .map((key) => ({
          property: {
            key,
            value: properties[key] ?? '',
            raw: '',
            winner: WINNER,
            shadowed: [],
            references: [],
          },
        }));
      const json = JSON.parse(printNestedJson(nestedDocument(outline))) as unknown;
      expect(flat(json)).toEqual(properties);
    }),
  );
});

const WINNER = { layer: 'base', file: 'app.properties', line: 1, object: '' };

function flat(value: unknown, key = ''): Record<string, string> {
  if (typeof value !== 'object' || value === null) return { [key]: String(value) };
  const parts = Object.entries(value).map(([name, child]) =>
    flat(child, key === '' ? name : `${key}.${name}`),
  );
  return Object.assign({}, ...parts) as Record<string, string>;
}

import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Shadowed } from '../../config-service/layers/effective.ts';
import { resolve } from '../../config-service/layers/resolve.ts';
import { generateLayers, payrollFacts } from '../support/layer-generator.ts';
import { problemsOf, propertiesOf, resolveLayers, valuesOf } from '../support/resolving.ts';

describe('resolve', () => {
  it('tells the whole story of a property', () => {
    const resolution = resolveLayers({
      base: 'db.host=a\nname=x',
      'region/eu-west-1': '\n\ndb.host=db.${@region}.${name}',
      'role/web': { 'app.yaml': 'db:\n  host: b' },
      'environment/prod': 'db.host=db.${@region}.${name}',
    });
    expect(propertiesOf(resolution).get('db.host')).toMatchObject({
      key: 'db.host',
      value: 'db.eu-west-1.x',
      raw: 'db.${@region}.${name}',
      winner: {
        layer: 'environment/prod',
        file: 'app.properties',
        line: 1,
        object: 's3://bucket/environment/prod/app.properties',
      },
      shadowed: [
        shadowed('role/web', 'app.yaml', 2, 'b'),
        shadowed('region/eu-west-1', 'app.properties', 3, 'db.${@region}.${name}'),
        shadowed('base', 'app.properties', 1, 'a'),
      ],
      references: ['@region', 'name'],
    });
  });

  it('sorts keys by code unit, and keeps names that JavaScript objects trip over', () => {
    const resolution = resolveLayers({
      base: 'b=1\n__proto__=2\nconstructor=3\nB=4\n\u{1F600}=5\n\uFB01=6\n=7',
    });
    expect([...propertiesOf(resolution).keys()]).toEqual([
      '',
      'B',
      '__proto__',
      'b',
      'constructor',
      '\u{1F600}',
      '\uFB01',
    ]);
  });

  it('reports what each layer has, and takes no notice of files that are no properties', () => {
    const files = {
      'b.yaml': 'l: [1]',
      'a.properties': 'k=1',
      'plan.yaml': '}',
      'scripts/x.yaml': '}',
      'a.txt': '}',
    };
    const resolution = resolveLayers({ base: files, 'role/web': {} });
    expect(resolution).toMatchObject({
      layers: [
        {
          name: 'base',
          files: [
            { path: 'a.properties', keys: 1 },
            { path: 'b.yaml', keys: 2 },
          ],
          keys: 3,
        },
        { name: 'role/web', files: [], keys: 0 },
      ],
    });
  });

  it('lays overrides over everything, the later over the earlier', () => {
    const resolution = resolveLayers(
      { base: 'k=1\nb=2', 'instance/i-0abc': 'k=3' },
      {
        overrides: [
          { key: 'k', value: 'no' },
          { key: 'k', value: '${b}!', object: 'PUT by ops' },
        ],
      },
    );
    expect(propertiesOf(resolution).get('k')).toMatchObject({
      value: '2!',
      winner: { layer: 'override', file: 'override', line: 1, object: 'PUT by ops' },
      shadowed: [{ layer: 'instance/i-0abc' }, { layer: 'base' }],
    });
  });

  it('accepts nothing at all', () => {
    expect(resolveLayers({})).toMatchObject({ kind: 'resolved', layers: [], warnings: [] });
  });

  it('passes on what the parser would like to have looked at', () => {
    expect(resolveLayers({ base: 'a=1\na=2' })).toMatchObject({
      kind: 'resolved',
      warnings: [{ code: 'LF_DUPLICATE_KEY', file: 'base/app.properties', line: 2 }],
    });
  });
});

describe('resolve rejects', () => {
  it('one key in two files of a layer, naming both places', () => {
    expect(problemsOf(resolveLayers({ base: { 'b.properties': 'x=1\nk=2', 'a.yaml': 'k: 1' } }))).toEqual([
      {
        code: 'LF_DUPLICATE_KEY',
        message: "'k' stands in base/a.yaml:1 too; keep one of them",
        file: 'base/b.properties',
        line: 2,
      },
    ]);
  });

  it('whatever assigns a name with @, a fact or not, in a layer or an override', () => {
    const resolution = resolveLayers(
      { base: '@region=us-east-1', 'role/web': 'a=1\n@next=b.properties' },
      { overrides: [{ key: '@zone', value: 'x' }] },
    );
    expect(problemsOf(resolution).map(({ code, file, line }) => [code, file, line])).toEqual([
      ['LF_FACT_ASSIGNED', 'base/app.properties', 1],
      ['LF_FACT_ASSIGNED', 'override/override', 1],
      ['LF_FACT_ASSIGNED', 'role/web/app.properties', 2],
    ]);
  });

  it('all that is wrong at once, in the order of files and lines', () => {
    const resolution = resolveLayers({
      base: 'a=${x}\n@b=1\nc=${c}',
      above: { 'a.yaml': 'k: 1', 'b.yaml': 'k: 2' },
    });
    expect(problemsOf(resolution).map(({ code, file, line }) => [code, file, line])).toEqual([
      ['LF_DUPLICATE_KEY', 'above/b.yaml', 1],
      ['LF_REFERENCE_UNKNOWN', 'base/app.properties', 1],
      ['LF_FACT_ASSIGNED', 'base/app.properties', 2],
      ['LF_REFERENCE_CYCLE', 'base/app.properties', 3],
    ]);
  });

  it('unreadable files, without blaming those who refer to what they hold', () => {
    const resolution = resolveLayers({
      base: { 'a.yaml': 'k: [', 'b.json': '{', 'c.properties': 'c=${k}\n@x=1' },
    });
    expect(new Set(problemsOf(resolution).map(({ code, file }) => `${code} ${file}`))).toEqual(
      new Set(['LF_PARSE base/a.yaml', 'LF_PARSE base/b.json', 'LF_FACT_ASSIGNED base/c.properties']),
    );
  });
});

describe('resolve is a function of its input', () => {
  const layers = generateLayers({ keys: 60, layers: 4, interpolated: 0.3, seed: 7 });

  it('does not notice the order of files in a layer', () => {
    const files = {
      'a.yaml': 'l: ["${b}", 2]',
      'b.properties': 'b=1\nc=${l}',
      'c.json': '{"d": "${nope:x}"}',
    };
    const bad = { 'x.yaml': 'k: 1', 'y.yaml': 'k: 2', 'z.yaml': 'k: "${gone}"' };
    fc.assert(
      fc.property(shuffled(files), shuffled(bad), (good, wrong) => {
        expect(resolveLayers({ base: good })).toEqual(resolveLayers({ base: files }));
        expect(resolveLayers({ base: wrong })).toEqual(resolveLayers({ base: bad }));
      }),
    );
  });

  it('does not notice the order of lines', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `k${index}=\${k${index + 1}:end}`);
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: lines.length }), (order) => {
        expect(valuesOf(resolveLayers({ base: order.join('\n') }))).toEqual(
          valuesOf(resolveLayers({ base: lines.join('\n') })),
        );
      }),
    );
  });

  it('changes none of it', () => {
    const before = structuredClone(layers);
    const resolution = resolve({ layers, facts: payrollFacts, overrides: [] });
    expect(layers).toEqual(before);
    expect(resolve({ layers, facts: payrollFacts, overrides: [] })).toEqual(resolution);
    expect(propertiesOf(resolution).size).toBe(60);
  });
});

describe('the digest', () => {
  it('can be made again with other tools', () => {
    expect(digest('b=${a}\na=é')).toBe(createHash('sha256').update('["a","é"]\n["b","é"]\n').digest('hex'));
  });

  it('tells values and keys apart wherever the border lies, and lone surrogates too', () => {
    const texts = ['ab=c', 'a=bc', 'abc=', 'a=b\nc=', 'a=\\uD800', 'a=\\uD801', 'a=\uFFFD', ''];
    expect(new Set(texts.map(digest)).size).toBe(texts.length);
  });

  it('does not depend on where a value comes from', () => {
    expect(digest('a=1\nb=1')).toBe(digest('\n# moved\nb=${a}\na=1'));
  });

  it('counts every key of a large configuration once', () => {
    const keys = Array.from({ length: 5000 }, (_, index) => `key${10_000 + index}`);
    const lines = keys.map((key) => `${JSON.stringify([key, 'x'.repeat(30)])}\n`);
    const expected = createHash('sha256').update(lines.join('')).digest('hex');
    expect(digest(keys.map((key) => `${key}=${'x'.repeat(30)}`).join('\n'))).toBe(expected);
  });
});

function shadowed(layer: string, file: string, line: number, raw: string): Shadowed {
  return { layer, file, line, object: `s3://bucket/${layer}/${file}`, raw };
}

function digest(base: string): string {
  const resolution = resolveLayers({ base });
  return resolution.kind === 'resolved' ? resolution.digest : 'rejected';
}

function shuffled(files: Readonly<Record<string, string>>): fc.Arbitrary<Record<string, string>> {
  const entries = Object.entries(files);
  return fc
    .shuffledSubarray(entries, { minLength: entries.length })
    .map((order) => Object.fromEntries(order));
}

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectKey, type Release } from '../../config-service/release/manifest.ts';
import { parsePointer, printPointer } from '../../config-service/release/pointer.ts';
import { releaseOf } from '../support/release-fixture.ts';

const ADDRESS = 's3://config/p/current.json';
const SHA = 'a'.repeat(64);
const FILE = { path: 'app.properties', sha256: SHA, size: 3 };
const STABLE = { id: 'r1', createdAt: '2026-11-21T03:21:00Z', layers: { base: { files: [FILE] } } };
const POINTER = { format: 1, region: 'eu-west-1', stable: STABLE };

const parseText = (text: string, region = 'eu-west-1') => parsePointer(Buffer.from(text), region, ADDRESS);
const parse = (document: unknown) => parseText(JSON.stringify(document));
const withFile = (file: object) => ({
  ...POINTER,
  stable: { ...STABLE, layers: { base: { files: [file] } } },
});

function complaints(document: unknown): string[] {
  const parsed = parse(document);
  if (parsed.kind === 'valid') return [];
  expect(parsed.fault.code).toBe('LF_MANIFEST_INVALID');
  return (parsed.fault.problems ?? []).map(({ message }) => message);
}

describe('a release pointer', () => {
  it('gives the region and the stable release', () => {
    expect(parse({ ...POINTER, stable: { ...STABLE, message: 'first' } })).toEqual({
      kind: 'valid',
      pointer: {
        region: 'eu-west-1',
        stable: {
          id: 'r1',
          createdAt: '2026-11-21T03:21:00Z',
          message: 'first',
          layers: new Map([['base', [FILE]]]),
        },
      },
    });
  });

  it('may carry fields of the future, at every level', () => {
    const future = {
      ...POINTER,
      notes: { anything: true },
      signed: [],
      stable: { ...STABLE, signed: 'x', layers: { base: { files: [{ ...FILE, mode: '0644' }], x: 1 } } },
    };
    expect(parse(future)).toEqual(parse(POINTER));
  });

  it('of a newer format asks for an upgrade', () => {
    expect(parse({ ...POINTER, format: 2, region: 'us-east-1' })).toMatchObject({
      kind: 'invalid',
      fault: {
        code: 'LF_MANIFEST_INVALID',
        subject: ADDRESS,
        cause: 'its format is 2, this agent reads up to 1',
        hint: expect.stringContaining('Upgrade Landfall'),
      },
    });
  });

  it('of another region is refused as such, however broken the rest is', () => {
    expect(parse({ format: 1, region: 'us-east-1', stable: 'broken' })).toMatchObject({
      kind: 'invalid',
      fault: {
        code: 'LF_REGION_MANIFEST',
        cause: 'it was published for another region, this instance is in eu-west-1',
      },
    });
    expect(parseText(JSON.stringify(POINTER), 'eu-west-11')).toMatchObject({
      fault: { code: 'LF_REGION_MANIFEST' },
    });
  });

  it.each(['', '{', '[]', 'null', '"x"', '{}', '{"format":0}', '{"format":"1"}', '{"format":1.5}'])(
    'is invalid as %j',
    (text) => {
      expect(parseText(text)).toMatchObject({ kind: 'invalid', fault: { code: 'LF_MANIFEST_INVALID' } });
    },
  );

  it('is invalid in anything but UTF-8', () => {
    const text = Buffer.from(JSON.stringify(POINTER).replace('r1', 'é'), 'latin1');
    expect(parsePointer(text, 'eu-west-1', ADDRESS)).toMatchObject({ kind: 'invalid' });
  });

  it.each([
    [{ ...POINTER, region: 7 }, 'region is missing or not a string'],
    [{ ...POINTER, stable: undefined }, 'stable is missing or not an object'],
    [{ ...POINTER, stable: { ...STABLE, id: '../x' } }, 'stable.id is no release name'],
    [{ ...POINTER, stable: { ...STABLE, createdAt: 'yesterday' } }, 'stable.createdAt is no ISO 8601 time'],
    [{ ...POINTER, stable: { ...STABLE, message: 1 } }, 'stable.message is not a string'],
    [{ ...POINTER, stable: { ...STABLE, layers: [] } }, 'stable.layers is missing or not an object'],
    [{ ...POINTER, stable: { ...STABLE, layers: { base: [] } } }, 'stable.layers["base"].files is missing'],
    [withFile({ ...FILE, path: '' }), 'files[0].path is empty'],
    [withFile({ ...FILE, path: '/etc/passwd' }), 'files[0].path is absolute'],
    [withFile({ ...FILE, path: 'files/../../x' }), 'has a "." or ".." segment'],
    [withFile({ ...FILE, path: './x' }), 'has a "." or ".." segment'],
    [withFile({ ...FILE, path: 'files//x' }), 'has an empty segment'],
    [withFile({ ...FILE, path: 'files/' }), 'has an empty segment'],
    [withFile({ ...FILE, path: 'a\nb' }), 'control character'],
    [withFile({ ...FILE, path: 'x'.repeat(901) }), 'longer than 900 bytes'],
    [withFile({ ...FILE, path: undefined }), 'files[0].path is missing'],
    [withFile({ ...FILE, sha256: SHA.toUpperCase() }), 'files[0].sha256 is not 64 lower-case hex digits'],
    [withFile({ ...FILE, sha256: `${SHA}\n` }), 'files[0].sha256 is not 64 lower-case hex digits'],
    [withFile({ ...FILE, size: -1 }), 'files[0].size is not a number of bytes'],
    [withFile({ ...FILE, size: 1.5 }), 'files[0].size is not a number of bytes'],
    [withFile({ ...FILE, size: '3' }), 'files[0].size is not a number of bytes'],
  ])('%#: names the field that is wrong', (document, complaint) => {
    expect(complaints(document)).toEqual([expect.stringContaining(complaint)]);
  });

  it('names layers that are no folder, and files that stand twice', () => {
    const files = [FILE, { ...FILE, sha256: 'b'.repeat(64) }];
    const layers = { '../up': { files: [] }, 'role//x': { files: [] }, base: { files } };
    expect(complaints({ ...POINTER, stable: { ...STABLE, layers } })).toEqual([
      'stable.layers["../up"] is no layer: the name has a "." or ".." segment',
      'stable.layers["role//x"] is no layer: the name has an empty segment',
      'stable.layers["base"].files[1].path "app.properties" stands here twice',
    ]);
  });

  it('names everything at once, but at most 20 problems', () => {
    const files = Array.from({ length: 30 }, () => 'x');
    const document = { ...POINTER, stable: { ...STABLE, layers: { base: { files } } } };
    expect(complaints(document)).toHaveLength(20);
    expect(parse(document)).toMatchObject({ fault: { cause: expect.stringContaining('(and 29 more)') } });
  });

  it('prints one text for equal pointers, whatever the order', () => {
    const forward = releaseOf('r1', { base: { a: '1', b: '2' }, 'role/web': {} });
    const backward = releaseOf('r1', { 'role/web': {}, base: { b: '2', a: '1' } });
    const text = printPointer({ region: 'eu-west-1', stable: forward });
    expect(printPointer({ region: 'eu-west-1', stable: backward })).toBe(text);
    expect(text).toMatch(/^\{"format":1,"region":"eu-west-1","stable":\{"id":"r1",.*\}\n$/);
  });

  it('reads back what it prints', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);
    const path = fc.oneof(
      word,
      fc.tuple(word, word).map((parts) => parts.join('/')),
      fc.constant('__proto__'),
    );
    const file = fc.record({
      path,
      sha256: fc.stringMatching(/^[0-9a-f]{64}$/),
      size: fc.nat(),
    });
    const files = fc.uniqueArray(file, { selector: (row) => row.path, maxLength: 5 });
    const release: fc.Arbitrary<Release> = fc.record({
      id: word.map((text) => `r${text}`),
      createdAt: fc.constant('2026-11-21T03:21:00.5Z'),
      message: fc.string({ unit: 'grapheme' }),
      layers: fc.array(fc.tuple(path, files), { maxLength: 5 }).map((layers) => new Map(layers)),
    });
    fc.assert(
      fc.property(release, (stable) => {
        const parsed = parseText(printPointer({ region: 'eu-west-1', stable }));
        expect(parsed.kind === 'valid' && parsed.pointer.stable.message).toBe(stable.message);
        expect(parsed.kind === 'valid' && sorted(parsed.pointer.stable)).toEqual(sorted(stable));
      }),
    );
  });

  it('puts content under its layer, so that IAM can keep roles apart', () => {
    expect(objectKey('role/web', SHA)).toBe(`objects/role/web/${SHA}`);
  });
});

function sorted({ layers }: Release): unknown {
  const byName = [...layers].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return byName.map(([name, files]) => [name, files.toSorted((a, b) => (a.path < b.path ? -1 : 1))]);
}

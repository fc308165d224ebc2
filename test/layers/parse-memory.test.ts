import { expect, it } from 'vitest';
import { createParseMemory } from '../../config-service/layers/parse-memory.ts';
import type { LayerFile } from '../../config-service/layers/layer.ts';
import { parseFile } from '../../config-service/properties/parse-file.ts';
import { layerOf } from '../support/layer-generator.ts';
import { problemsOf, resolveLayers } from '../support/resolving.ts';

function counting(capacity: number) {
  const parsed: string[] = [];
  const parse = createParseMemory((path, file) => {
    parsed.push(path);
    return parseFile(path, file.bytes);
  }, capacity);
  return { parse, parsed };
}

it('parses a file again only when its content or its name changes', () => {
  const { parse, parsed } = counting(10);
  const first = resolveLayers({ base: 'a=1', top: 'b=1' }, { parse });
  expect(resolveLayers({ base: 'a=1', top: 'b=1' }, { parse })).toEqual(first);
  resolveLayers({ base: 'a=1', top: 'b=2' }, { parse });
  resolveLayers({ other: 'a=1' }, { parse });
  expect(parsed).toEqual([
    'base/app.properties',
    'top/app.properties',
    'top/app.properties',
    'other/app.properties',
  ]);
});

it('remembers a rejection, with the name it was given for', () => {
  const { parse } = counting(10);
  const files = { base: { 'a.yaml': '[' }, top: { 'a.yaml': '[' } };
  resolveLayers(files, { parse });
  expect(problemsOf(resolveLayers(files, { parse })).map((problem) => problem.file)).toEqual(
    expect.arrayContaining(['base/a.yaml', 'top/a.yaml']),
  );
});

it('forgets the file that was not asked for longest', () => {
  const { parse, parsed } = counting(2);
  const [a, b, c] = ['a', 'b', 'c'].map((path) => layerOf('l', { [path]: path }).files[0]);
  for (const file of [a, b, a, c, a, b])
    if (file !== undefined) parse(`${(file satisfies LayerFile).path}.json`, file);
  expect(parsed).toEqual(['a.json', 'b.json', 'c.json', 'b.json']);
});

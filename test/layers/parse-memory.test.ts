import { expect, it } from 'vitest';
import { ContentCache } from '../../config-service/kit/content-cache.ts';
import { createParseCache } from '../../config-service/layers/parse-cache.ts';
import { parsing } from '../../config-service/properties/parse-file.ts';
import { problemsOf, resolveLayers } from '../support/resolving.ts';

function counting() {
  const parsed: string[] = [];
  const parse = createParseCache((path, file) => {
    parsed.push(path);
    return parsing(path, file.bytes);
  }, new ContentCache(1000));
  return { parse, parsed };
}

it('parses a file again only when its content or its name changes', () => {
  const { parse, parsed } = counting();
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
  const { parse } = counting();
  const files = { base: { 'a.yaml': '[' }, top: { 'a.yaml': '[' } };
  resolveLayers(files, { parse });
  expect(problemsOf(resolveLayers(files, { parse })).map((problem) => problem.file)).toEqual(
    expect.arrayContaining(['base/a.yaml', 'top/a.yaml']),
  );
});

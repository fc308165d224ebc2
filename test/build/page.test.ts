import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildPage } from '#scripts/build/page.ts';

/** Within the checkout, as the build has it: paths below it are what a bill of materials knows packages by. */
const work = mkdtempSync(join('.cache', 'page-test-'));
let html = '';
let inputs: readonly string[] = [];

beforeAll(async () => {
  const { file, metafile } = await buildPage(process.cwd(), join(process.cwd(), work));
  html = readFileSync(file, 'utf8');
  inputs = Object.keys(metafile.inputs);
});
afterAll(() => rmSync(work, { recursive: true }));

it('is one document under 150 kB, in ASCII, the same each time', async () => {
  expect(Buffer.byteLength(html)).toBeLessThan(150_000);
  expect(html).toMatch(/^[\n\t\x20-\x7f]*$/);
  expect([...html.matchAll(/<(script|style)>/g)].map(([, name]) => name)).toEqual(['style', 'script']);
  const { file } = await buildPage(process.cwd(), join(process.cwd(), work));
  expect(readFileSync(file, 'utf8')).toBe(html);
});

it('loads nothing', () => {
  const places = [...html.matchAll(/(?:https?:)?\/\/[a-z0-9.-]+\.[a-z]+/g)].map(([place]) => place);
  // The name of a vocabulary, which nobody asks for.
  expect([...new Set(places)]).toEqual(['http://www.w3.org']);
  const markup = html.replace(/<script>[^]*<\/script>/, '');
  expect(markup).not.toMatch(/\s(?:src|srcset|action|on[a-z]+)=|<link(?!\s+rel="icon"\s)|@import|url\(/);
});

it('is made of its own files and preact', () => {
  const rooms = inputs.map(
    (path) => /^(node_modules\/[^/]+|agent\/dashboard\/page)\//.exec(path)?.[1] ?? path,
  );
  expect([...new Set(rooms)].toSorted()).toEqual(['agent/dashboard/page', 'node_modules/preact']);
});

import { globSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAppconfigShape } from '#agent/shapes/appconfig/appconfig-shape.ts';
import { createArchaiusShape } from '#agent/shapes/archaius/archaius-shape.ts';
import { createConsulShape } from '#agent/shapes/consul/consul-shape.ts';
import { createSpringShape } from '#agent/shapes/spring/spring-shape.ts';
import { startApi, startShape, type ApiBench } from '../support/api-bench.ts';
import { FAKE_FACTS } from '../support/fake-backend.ts';
import { ask, type Place } from '../support/raw-http.ts';

const PAGES = globSync('docs/moving/*.md').toSorted();
const ASKED = PAGES.flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/^ {4}curl -s http:\/\/127\.0\.0\.1:(\d+)(\S+)$/gm)].map(
    ([, port = '', path = '']) => ({ page, port, path }),
  ),
);

const benches: ApiBench[] = [];
/** By the ports that the pages have programs ask. */
const doors = new Map<string, Place>();
beforeAll(async () => {
  for (const [port, shape] of [
    ['8888', createSpringShape()],
    ['8500', createConsulShape('')],
    ['2772', createAppconfigShape()],
  ] as const) {
    const bench = await startShape(shape);
    benches.push(bench);
    doors.set(port, bench.own);
  }
  const main = await startApi([createArchaiusShape()]);
  benches.push(main);
  doors.set('5263', main.tcp);
  for (const { backend } of benches)
    backend.activate({ 'db.host': 'db.internal' }, { facts: { ...FAKE_FACTS, environment: 'prod' } });
});
afterAll(async () => {
  for (const bench of benches) await bench.stop();
});

it.each(ASKED)('$page: $path gives the configuration', async ({ port, path }) => {
  const answer = await ask(doors.get(port) ?? { host: '127.0.0.1', port: 1 }, { path });
  expect(answer.status).toBe(200);
  const isRows = path.includes('?recurse');
  expect(answer.text).toContain(isRows ? Buffer.from('db.internal').toString('base64') : 'db.internal');
});

it('each shape is asked on its page', () => {
  expect(new Set(ASKED.map(({ port }) => port))).toEqual(new Set(doors.keys()));
});

it('every setting that a page names is one', () => {
  const known = readFileSync('docs/settings.md', 'utf8');
  const named = PAGES.flatMap((page) => readFileSync(page, 'utf8').match(/LANDFALL_[A-Z_]+/g) ?? []);
  expect(named.length).toBeGreaterThan(6);
  expect(named.filter((name) => !known.includes(`\`${name}\``))).toEqual([]);
});

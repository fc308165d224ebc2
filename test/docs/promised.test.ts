import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FAULTS } from '#kit/errors.ts';
import { SETTINGS } from '#agent/settings/catalogue.ts';
import { apiDocument } from '#scripts/ops/schema/api-document.ts';
import { planSchema } from '#scripts/ops/schema/plan-schema.ts';

/** What docs/compatibility.md promises of codes, settings, plan and API, a line each. */
const PROMISED = 'test/docs/promised.json';

function promised(): readonly string[] {
  return [
    ...Object.entries(FAULTS).map(([code, { exit }]) => `code ${code} exits ${exit}`),
    ...Object.entries(SETTINGS).map(
      ([name, setting]) => `setting ${name} ${setting.env} ${JSON.stringify(setting.default)}`,
    ),
    ...fieldsOf(planSchema(), 'plan'),
    ...fieldsOf(apiDocument(), 'api'),
  ].toSorted();
}

/** Routes, and names of members wherever schemas have them, as paths; list items and choices bear the name of what holds them. */
function fieldsOf(schema: unknown, path: string): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const found = Object.entries(schema).flatMap(([key, value]) => {
    const isNaming = ['properties', 'paths', 'schemas', 'responses'].includes(key);
    if (!isNaming || typeof value !== 'object' || value === null) return fieldsOf(value, path);
    return Object.entries(value as Record<string, unknown>).flatMap(([name, below]) => [
      `${path}.${name}`,
      ...fieldsOf(below, `${path}.${name}`),
    ]);
  });
  return [...new Set(found)];
}

/** `LANDFALL_PROMISE=1` writes down what is new. What is gone stays until somebody takes it out by hand, for a new MAJOR. */
it('nothing that was promised is gone, and what is new is written down', () => {
  const before = JSON.parse(readFileSync(PROMISED, 'utf8')) as readonly string[];
  const now = promised();
  if (process.env['LANDFALL_PROMISE'] !== undefined)
    writeFileSync(
      PROMISED,
      `${JSON.stringify([...new Set([...before, ...now])].toSorted(), undefined, 2)}\n`,
    );
  expect(before.filter((line) => !now.includes(line))).toEqual([]);
  expect(now.filter((line) => !before.includes(line))).toEqual([]);
});

it.each(['code LF_SETTINGS exits 2', 'setting interval LANDFALL_INTERVAL "30s"', 'plan.logs', 'api./readyz'])(
  'holds %s',
  (line) => {
    expect(promised()).toContain(line);
  },
);

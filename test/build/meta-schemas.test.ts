import { build } from 'esbuild';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { DRAFTS } from '#agent/plan/drafts.ts';
import * as source from '#agent/plan/meta-schemas.ts';
import { metaSchemas } from '#scripts/build/meta-schemas.ts';

const ROOT = process.cwd();

/** What the executables have in the place of the source. */
let built: typeof source;

beforeAll(async () => {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const work = mkdtempSync(join(ROOT, '.cache', 'meta-schemas-'));
  try {
    await build({
      absWorkingDir: ROOT,
      entryPoints: [join(ROOT, 'agent/plan/meta-schemas.ts')],
      outfile: join(work, 'built.cjs'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      plugins: [metaSchemas],
    });
    built = createRequire(import.meta.url)(join(work, 'built.cjs')) as typeof source;
  } finally {
    rmSync(work, { recursive: true });
  }
});

describe.each(DRAFTS)('the compiled schema of $id', (draft) => {
  it.each([
    {},
    { type: 'object', required: ['a'], properties: { a: { minimum: 1, pattern: '^a' } } },
    { type: 'strnig' },
    { properties: { a: { minimum: '5' } } },
    { properties: { a: { properties: { b: { type: 5, required: 'x' } } } } },
    { items: { anyOf: [] } },
    { $id: 7 },
    { $defs: { a: { enum: 'x' } }, definitions: { a: { maxLength: -1 } } },
  ])('judges %j as ajv does', async (schema) => {
    const [ours, theirs] = await Promise.all([built.loadMetaSchema(draft), source.loadMetaSchema(draft)]);
    expect(ours).not.toBe(theirs);
    expect(ours(schema)).toBe(theirs(schema));
    expect(ours.errors).toEqual(theirs.errors);
  });
});

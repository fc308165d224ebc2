import { afterAll, describe, it } from 'vitest';
import { MOTO_IS_MISSING, startMoto } from '../support/moto.ts';
import { motoBackend, sandboxBackend } from './backend.ts';
import type { Backend, ContractCase } from './backend.ts';
import { BUCKET_CASES } from './bucket-cases.ts';
import { CALL_CASES } from './call-cases.ts';
import { GROUP_CASES } from './group-cases.ts';
import { LISTING_CASES } from './listing-cases.ts';
import { MOTO_DIFFERENCES } from './moto-differences.ts';
import { OBJECT_CASES } from './object-cases.ts';
import { REFUSAL_CASES } from './refusal-cases.ts';
import { SECRET_CASES } from './secret-cases.ts';
import { STORE_CASES } from './store-cases.ts';
import { TAG_CASES } from './tag-cases.ts';

const CASES = [
  ...OBJECT_CASES,
  ...REFUSAL_CASES,
  ...BUCKET_CASES,
  ...LISTING_CASES,
  ...TAG_CASES,
  ...CALL_CASES,
  ...SECRET_CASES,
  ...STORE_CASES,
  ...GROUP_CASES,
];

const sandbox = await sandboxBackend();
const moto = await startMoto();
if (!moto) it('AWS as moto shows it', ({ skip }) => skip(MOTO_IS_MISSING));
const backends = moto ? [sandbox, motoBackend(moto)] : [sandbox];

for (const backend of backends) {
  describe(`AWS as ${backend.name} shows it`, () => {
    afterAll(() => backend.stop());
    for (const { name, only, run } of CASES) {
      if (only !== undefined && only !== backend.name) continue;
      const reason = backend.name === 'moto' ? MOTO_DIFFERENCES.get(name) : undefined;
      if (reason === undefined) it(name, () => run(backend));
      else it(`${name} (moto differs)`, () => showDifference({ name, run }, backend, reason));
    }
  });
}

it('every listed difference belongs to a case', ({ expect }) => {
  const names = new Set(CASES.map(({ name }) => name));
  expect([...MOTO_DIFFERENCES.keys()].filter((name) => !names.has(name))).toEqual([]);
});

/** Passes either way, and says which: what moto does is not ours to gate on. */
async function showDifference({ name, run }: ContractCase, backend: Backend, reason: string): Promise<void> {
  const differs = await run(backend).then(
    () => false,
    () => true,
  );
  const verdict = differs
    ? `moto differs: ${reason}`
    : 'moto no longer differs, remove it from moto-differences.ts';
  console.warn(`"${name}": ${verdict}`);
}

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { booleanOf, integerOf, numberOf } from '../../config-service/layers/typed.ts';

interface Reads {
  readonly reads: readonly (readonly [string, unknown])[];
  readonly refuses: readonly string[];
}
/** The client libraries are held to the same rows: a text means to a program what it means to the agent. */
const ROWS = JSON.parse(readFileSync('clients/typed-reads.json', 'utf8')) as Record<string, Reads>;

it.each([
  ['boolean', booleanOf],
  ['integer', integerOf],
  ['number', numberOf],
] as const)('reads a text as %s', (type, read) => {
  const { reads = [], refuses = [] } = ROWS[type] ?? {};
  expect(reads.length).toBeGreaterThan(2);
  expect(reads.map(([text]) => read(text))).toEqual(reads.map(([, value]) => value));
  expect(refuses.map((text) => read(text))).toEqual(refuses.map(() => undefined));
});

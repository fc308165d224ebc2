import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Steps } from '#kit/steps.ts';
import {
  type Resolution,
  resolve,
  resolving,
  type ResolveInput,
} from '../../config-service/layers/resolve.ts';
import { payrollFacts, layerOf } from '../support/layer-generator.ts';

/** Names that meet: of keys, of lists and their items, in references. */
const NAME = fc.constantFrom('a', 'b', 'b.0', 'b.1', 'list', 'list.0', 'list.1.name', '@region', 'absent');
const VALUE = fc.oneof(
  fc.constantFrom('1', '', ' x', '${@unset}', 'us-east-1', '\\u0041', 'trailing\\', 'tab\t'),
  NAME.map((name) => `\${${name}}`),
  NAME.map((name) => `x\${${name}:d}y`),
);
const PROPERTIES = fc
  .array(fc.tuple(NAME, VALUE), { maxLength: 8 })
  .map((pairs) => pairs.map(([key, value]) => `${key}=${value}\n`).join(''));
const YAML = fc.constantFrom(
  'list: [1, 2]\n',
  'list:\n  - 3\nb: {name: x}\n',
  'a: [\n',
  '',
  'd: {e: [1, {f: 2}]}\n',
);
/** More than a step of each kind. */
const MANY = Array.from(
  { length: 700 },
  (_, index) => `many${index}=\${many${(index * 7) % 700}:${index}}\n`,
);

const INPUT: fc.Arbitrary<ResolveInput> = fc
  .array(fc.tuple(PROPERTIES, YAML, fc.boolean()), { maxLength: 3 })
  .map((layers) => ({
    layers: layers.map(([properties, yaml, isLarge], index) =>
      layerOf(`layer${index}`, {
        'app.properties': properties + (isLarge ? MANY.join('') : ''),
        ...(yaml === '' ? {} : { 'more.yaml': yaml }),
      }),
    ),
    facts: payrollFacts,
    overrides: [],
  }));

interface Run {
  readonly steps: Steps<Resolution>;
  result?: Resolution;
}

it('resolves in steps what it resolves at once, whoever else does so between two of them', () => {
  const work = fc.tuple(fc.array(INPUT, { minLength: 1, maxLength: 3 }), fc.infiniteStream(fc.nat()));
  fc.assert(
    fc.property(work, ([inputs, turns]) => {
      const runs = inputs.map((input): Run => ({ steps: resolving(input) }));
      for (let open = runs; open.length > 0; open = open.filter(({ result }) => result === undefined)) {
        const run = open[(turns.next().value ?? 0) % open.length];
        const step = run?.steps.next();
        if (run && step?.done) run.result = step.value;
      }
      expect(runs.map(({ result }) => result)).toEqual(inputs.map((input) => resolve(input)));
    }),
  );
});

it('pauses often enough: no step holds more than some hundred of its keys', () => {
  const text = Array.from({ length: 10_000 }, (_, index) => `key${index}=value ${index}\n`).join('');
  const steps = resolving({
    layers: [layerOf('base', { 'app.properties': text })],
    facts: payrollFacts,
    overrides: [],
  });
  let pauses = 0;
  while (!steps.next().done) pauses += 1;
  expect(pauses).toBeGreaterThan(4 * 30);
});

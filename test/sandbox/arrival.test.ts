import { expect, it } from 'vitest';
import { arrivalFault } from '../../scripts/sandbox/programs/demo-telemetry.ts';

const WRITTEN = ['one', 'two', 'three', 'four'];

it.each([
  ['the same', WRITTEN, undefined],
  ['one less', ['one', 'three', 'four'], '1 lines are missing, the first is "two"'],
  ['nothing', [], '4 lines are missing, the first is "one"'],
  ['one twice', ['one', 'two', 'two', 'three', 'four'], '1 lines came twice'],
  ['another order', ['one', 'three', 'two', 'four'], '"two" is not in its place'],
  ['one of elsewhere', ['one', 'two', 'three', 'four', 'five'], '"five" arrived and was never written'],
])('%s', (_what, arrived, fault) => {
  expect(arrivalFault(WRITTEN, arrived)).toBe(fault);
});

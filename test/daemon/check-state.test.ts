import { expect, it } from 'vitest';
import { afterFailure, afterSuccess, UNCHECKED } from '#agent/daemon/configuration/check-state.ts';
import { failing } from '../support/memory-store.ts';

const { fault } = failing('LF_SOURCE_DENIED');

it('nothing is fresh before the first check', () => {
  expect(UNCHECKED).toMatchObject({
    stale: true,
    checkedAt: undefined,
    servedFrom: null,
    failure: undefined,
  });
});

it('a success is fresh, and forgets the failure before it', () => {
  expect(afterSuccess(afterFailure(UNCHECKED, fault), 5000)).toMatchObject({
    stale: false,
    checkedAt: 5000,
    servedFrom: 'source',
    failure: undefined,
    succeeded: 1,
  });
});

it('a failure keeps the time of the last success, and where what is served came from', () => {
  expect(afterFailure(afterSuccess(UNCHECKED, 5000), fault)).toMatchObject({
    stale: true,
    checkedAt: 5000,
    servedFrom: 'source',
    failure: fault,
    succeeded: 1,
  });
});

it('failures are counted by code, and no state is changed in place', () => {
  const one = afterFailure(UNCHECKED, fault);
  const two = afterFailure(one, fault);
  const three = afterFailure(two, failing('LF_SOURCE_EMPTY').fault);
  expect(Object.fromEntries(three.failed)).toEqual({ LF_SOURCE_DENIED: 2, LF_SOURCE_EMPTY: 1 });
  expect(Object.fromEntries(one.failed)).toEqual({ LF_SOURCE_DENIED: 1 });
  expect(UNCHECKED.failed.size).toBe(0);
});

import { describe, expect, it } from 'vitest';
import { ok } from '#kit/outcome.ts';
import { gather, mostDecisive } from '../../config-service/sources/gather.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { failing, retrying } from '../support/memory-store.ts';

const soon = () => new Promise((resolve) => setImmediate(resolve));

describe('gathering', () => {
  it('gives results in the order of the items, however they come in', async () => {
    const gathered = await gather([3, 1, 2], 3, async (turns) => {
      for (let turn = 0; turn < turns; turn += 1) await soon();
      return ok(turns * 10);
    });
    expect(valueOf(gathered)).toEqual([30, 10, 20]);
  });

  it('gives nothing for nothing', async () => {
    expect(valueOf(await gather([], 4, () => Promise.resolve(ok(1))))).toEqual([]);
  });

  it('starts nothing new after a failure, and waits for what is under way', async () => {
    const started: number[] = [];
    const ended: number[] = [];
    const outcome = await gather([0, 1, 2, 3, 4, 5], 2, async (item) => {
      started.push(item);
      await soon();
      if (item === 1) return failing('LF_SOURCE_DENIED');
      await soon();
      ended.push(item);
      return ok(item);
    });
    expect(verdictOf(outcome)).toBe('fail LF_SOURCE_DENIED');
    expect(started).toEqual([0, 1, 2].slice(0, started.length));
    expect(started.length - 1).toBe(ended.length);
  });
});

describe('the most decisive failure', () => {
  it('is a region violation before a denial before another final one before a retry', () => {
    const order = [
      failing('LF_REGION_BUCKET'),
      failing('LF_SOURCE_OWNER'),
      failing('LF_BUCKET_MISSING'),
      failing('LF_SOURCE_DENIED'),
      failing('LF_OBJECT_TOO_LARGE'),
      retrying('LF_SOURCE_UNREACHABLE'),
    ];
    for (let at = 0; at < order.length - 1; at += 1) {
      const [first, ...others] = order.slice(at).toReversed();
      if (first) expect(mostDecisive([first, ...others]).fault.code).toBe(order[at]?.fault.code);
    }
  });

  it('counts the others by code', () => {
    const failure = mostDecisive([
      retrying('LF_SOURCE_UNREACHABLE'),
      failing('LF_SOURCE_DENIED'),
      retrying('LF_SOURCE_UNREACHABLE'),
    ]);
    expect(failure.fault.cause).toBe('the test says so (and 2 more failed: LF_SOURCE_UNREACHABLE x2)');
  });

  it('waits as long as the most patient of all asks for', () => {
    expect(
      mostDecisive([retrying('LF_SOURCE_THROTTLED', 100), retrying('LF_SOURCE_THROTTLED', 900)]),
    ).toMatchObject({ kind: 'retry', afterMs: 900 });
    expect(
      mostDecisive([retrying('LF_SOURCE_UNREACHABLE'), retrying('LF_SOURCE_UNREACHABLE')]),
    ).not.toHaveProperty('afterMs');
  });
});

import { describe, expect, it } from 'vitest';
import { GenerationRing } from '#agent/daemon/configuration/generation-ring.ts';
import type { Fault } from '#kit/errors.ts';
import { generationOf } from '../support/generations.ts';

const REFUSAL: Fault = {
  code: 'LF_SHRUNK',
  operation: 'accept',
  subject: 'the new generation',
  cause: 'it lost 9 of 10 keys',
  hint: 'Raise it.',
};

describe('numbers', () => {
  it('count accepted and refused ones alike, and are never used twice', () => {
    const ring = new GenerationRing();
    expect(ring.nextNumber).toBe(1);
    ring.activate(generationOf(ring.nextNumber, { a: '1' }));
    ring.refuse(ring.nextNumber, null, 'd', 2000, REFUSAL);
    expect(ring.nextNumber).toBe(3);
    ring.activate(generationOf(ring.nextNumber, { a: '2' }));
    expect(ring.summaries().map(({ number, state }) => [number, state])).toEqual([
      [3, 'active'],
      [2, 'refused'],
      [1, 'previous'],
    ]);
  });

  it('are not spent on a refresh', () => {
    const ring = new GenerationRing();
    ring.activate(generationOf(1, { a: '1' }));
    ring.refresh(generationOf(2, { a: '1' }));
    expect(ring.nextNumber).toBe(2);
  });
});

describe('a summary', () => {
  it('of a refused generation says why, without a problem list and without a diff', () => {
    const ring = new GenerationRing();
    ring.refuse(1, 'r-7', 'abc', 5, REFUSAL);
    expect(ring.summaries()).toEqual([
      {
        number: 1,
        release: 'r-7',
        digest: 'abc',
        activatedAt: 5,
        keys: 0,
        state: 'refused',
        refusal: { code: 'LF_SHRUNK', message: 'it lost 9 of 10 keys. Raise it.' },
      },
    ]);
    expect(ring.diff(1)).toBeUndefined();
    expect(ring.active).toBeUndefined();
  });

  it('is remembered for 16 of each kind, then forgotten with its diff', () => {
    const ring = new GenerationRing();
    for (let n = 1; n <= 40; n += 1) {
      if (n % 2 === 0) ring.refuse(n, null, '', n, REFUSAL);
      else ring.activate(generationOf(n, { a: String(n) }));
    }
    expect(ring.summaries()).toHaveLength(32);
    expect(ring.summaries()[0]?.number).toBe(40);
    expect(ring.diff(39)).toBeDefined();
    expect(ring.diff(9)).toBeDefined();
    expect(ring.diff(7)).toBeUndefined();
  });
});

describe('a diff', () => {
  it('of the first generation adds everything', () => {
    const ring = new GenerationRing();
    expect(ring.activate(generationOf(1, { a: '1' }))).toEqual({
      number: 1,
      added: [{ key: 'a', value: '1' }],
      removed: [],
      changed: [],
    });
  });

  it('is against the one that was active, not against a refused one in between', () => {
    const ring = new GenerationRing();
    ring.activate(generationOf(1, { a: '1', b: '1', c: '1' }));
    ring.refuse(2, null, '', 0, REFUSAL);
    ring.activate(generationOf(3, { a: '1', b: '2', d: '1' }));
    expect(ring.diff(3)).toEqual({
      number: 3,
      added: [{ key: 'd', value: '1' }],
      removed: [{ key: 'c', value: '1' }],
      changed: [{ key: 'b', before: '1', after: '2' }],
    });
  });
});

describe('remembered diffs', () => {
  it('have half a mebibyte together: the oldest go first, their summaries stay', () => {
    const ring = new GenerationRing();
    for (const n of [1, 2, 3, 4, 5]) ring.activate(generationOf(n, { a: String(n).repeat(100_000) }));
    expect([1, 2, 3, 4, 5].map((n) => ring.diff(n) !== undefined)).toEqual([false, false, false, true, true]);
    expect(ring.diffBytes).toBeLessThan(512 * 1024);
    expect(ring.summaries()).toHaveLength(5);
  });

  it('keep the newest, however large it is', () => {
    const ring = new GenerationRing();
    ring.activate(generationOf(1, { a: 'x'.repeat(2_000_000) }));
    expect(ring.diff(1)?.added).toHaveLength(1);
  });
});

describe('a key that held a secret', () => {
  const secret = generationOf(1, { u: 'hush' });
  const held = secret.effective.get('u');
  const first = {
    ...secret,
    effective: new Map(held ? [['u', { ...held, masked: '[@ssm:/u#1]' }]] : []),
  };

  it('is one as long as the active generation says so, and its old value stays one in the diff', () => {
    const ring = new GenerationRing();
    ring.activate(first);
    expect([ring.isSecret('u'), ring.diff(1)?.added]).toEqual([
      true,
      [{ key: 'u', value: 'hush', secret: true }],
    ]);
    const mark = ring.mark();
    ring.activate(generationOf(2, { u: 'plain' }));
    expect(ring.isSecret('u')).toBe(false);
    expect(ring.diff(2)?.changed).toEqual([{ key: 'u', before: 'hush', after: 'plain', secret: true }]);
    ring.activate(generationOf(3, { u: 'plainer' }));
    expect(ring.diff(3)?.changed).toEqual([{ key: 'u', before: 'plain', after: 'plainer' }]);
    ring.revert(mark);
    expect(ring.isSecret('u')).toBe(true);
  });
});

describe('since', () => {
  it('is the activation that gave the key its present value', () => {
    const ring = new GenerationRing();
    ring.activate(generationOf(1, { a: '1', b: '1' }));
    ring.activate(generationOf(2, { a: '1', b: '2' }));
    ring.activate(generationOf(3, { a: '1', b: '2', c: '1' }));
    expect([ring.since('a'), ring.since('b'), ring.since('c')]).toEqual([1000, 2000, 3000]);
  });

  it('starts again for a key that was gone', () => {
    const ring = new GenerationRing();
    ring.activate(generationOf(1, { a: '1' }));
    ring.activate(generationOf(2, {}));
    expect(ring.since('a')).toBeUndefined();
    ring.activate(generationOf(3, { a: '1' }));
    expect(ring.since('a')).toBe(3000);
  });
});

describe('a refresh', () => {
  it('takes over new provenance under the old number and time', () => {
    const ring = new GenerationRing();
    ring.activate(generationOf(1, { a: '1' }));
    const layers = [{ name: 'base', state: 'present', files: [], keys: 1 }] as const;
    expect(ring.refresh(generationOf(2, { a: '1' }, { layers }))).toBe(true);
    expect(ring.active).toMatchObject({ number: 1, activatedAt: 1000, layers });
    expect(ring.summaries()).toHaveLength(1);
  });

  it.each([
    ['another value', generationOf(2, { a: '2' })],
    ['another release', generationOf(2, { a: '1' }, { release: 'r-2' })],
  ])('is refused for %s', (_, generation) => {
    const ring = new GenerationRing();
    const first = generationOf(1, { a: '1' });
    ring.activate(first);
    expect(ring.refresh(generation)).toBe(false);
    expect(ring.active).toBe(first);
  });

  it('has nothing to refresh at first', () => {
    expect(new GenerationRing().refresh(generationOf(1, {}))).toBe(false);
  });
});

describe('waiting for a change', () => {
  const first = generationOf(1, { a: '1' });

  it('ends at once when the digest differs already', async () => {
    const ring = new GenerationRing();
    ring.activate(first);
    expect(await ring.changed('another', new AbortController().signal)).toBe(true);
  });

  it('ends with the next generation of another digest, not with a new release of the same', async () => {
    const ring = new GenerationRing();
    ring.activate(first);
    let ended = false;
    const change = ring.changed(first.digest, new AbortController().signal).finally(() => (ended = true));
    ring.activate(generationOf(2, { a: '1' }, { release: 'r-2' }));
    await Promise.resolve();
    expect(ended).toBe(false);
    ring.activate(generationOf(3, { a: '2' }));
    expect(await change).toBe(true);
  });

  it('waits for the first generation when there is none', async () => {
    const ring = new GenerationRing();
    const change = ring.changed('anything', new AbortController().signal);
    ring.activate(first);
    expect(await change).toBe(true);
  });

  it('is given up with the signal, before or during the wait', async () => {
    const ring = new GenerationRing();
    ring.activate(first);
    expect(await ring.changed(first.digest, AbortSignal.abort())).toBe(false);
    const patience = new AbortController();
    const change = ring.changed(first.digest, patience.signal);
    patience.abort();
    expect(await change).toBe(false);
  });
});

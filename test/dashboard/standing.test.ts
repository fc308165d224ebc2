import { describe, expect, it } from 'vitest';
import type { Sight } from '#agent/dashboard/page/sight.ts';
import { standingOf } from '#agent/dashboard/page/standing.ts';

const FAILURE = { code: 'LF_SOURCE_UNREACHABLE', message: 'S3 does not answer', hint: 'Wait.' };
const GENERATION = { number: 1, activatedAt: '2026-11-21T04:00:00Z' };

function sight(status: object | undefined, more: object = {}): Sight {
  const whole = status && {
    startedAt: '2026-11-21T03:00:00Z',
    ready: true,
    generation: GENERATION,
    activity: [],
    boot: { readyMs: null },
    ...status,
  };
  return {
    status: whole,
    readiness: undefined,
    lostAt: undefined,
    generations: [],
    events: [],
    ...more,
  } as unknown as Sight;
}

const source = (stale: boolean, failure: object | null = null) => ({
  source: { stale, failure, checkedAt: '2026-11-21T04:10:00Z' },
});

describe('how an instance stands', () => {
  it('is unknown before anything was said, and lost once nothing is said any more', () => {
    expect(standingOf(sight(undefined)).kind).toBe('unknown');
    const lost = standingOf(sight(source(false), { lostAt: Date.UTC(2026, 10, 21) }));
    expect([lost.kind, lost.since]).toEqual(['lost', '2026-11-21T00:00:00.000Z']);
  });

  it('is ready since its boot was over, or as long as its generation is active', () => {
    const booted = sight({ ...source(false), boot: { readyMs: 1500 } });
    expect(standingOf(booted).since).toBe('2026-11-21T03:00:01.500Z');
    expect(standingOf(sight(source(false)))).toMatchObject({
      kind: 'ready',
      since: GENERATION.activatedAt,
      reasons: [],
    });
  });

  it('is starting without a generation, and failing once it knows why there is none, which is said once', () => {
    const none = { ready: false, generation: null };
    const readiness = {
      ready: false,
      reasons: [{ code: FAILURE.code, message: `${FAILURE.message} Wait.` }],
    };
    expect(standingOf(sight({ ...none, ...source(false) })).kind).toBe('starting');
    expect(standingOf(sight({ ...none, ...source(true, FAILURE) }, { readiness }))).toMatchObject({
      kind: 'failing',
      reasons: [FAILURE.message],
    });
  });

  it('is not ready for another reason though there is a generation: a leak, a fence', () => {
    const readiness = {
      ready: false,
      reasons: [{ code: 'LF_REGION_LEAK', message: 'java talks to us-east-1' }],
    };
    expect(standingOf(sight({ ready: false, ...source(false) }, { readiness }))).toMatchObject({
      kind: 'failing',
      reasons: ['java talks to us-east-1'],
    });
  });

  it('is stale since the event that said so, and refuses where it has what was refused last', () => {
    const events = [{ id: 2, kind: 'source', data: { at: '2026-11-21T04:20:00Z', state: 'stale' } }];
    expect(standingOf(sight(source(true, FAILURE), { events }))).toMatchObject({
      kind: 'stale',
      since: '2026-11-21T04:20:00Z',
    });
    // An override has come since.
    const generations = [
      { generation: 3, state: 'active' },
      { generation: 2, state: 'refused', refusal: { code: 'LF_SHRUNK', message: 'm' } },
      { generation: 1, state: 'refused', refusal: { code: FAILURE.code, message: 'm' } },
    ];
    const refused = { ...FAILURE, code: 'LF_SHRUNK' };
    expect(standingOf(sight(source(true, refused), { events, generations })).kind).toBe('refused');
    expect(standingOf(sight(source(true, FAILURE), { events, generations })).kind).toBe('stale');
  });
});

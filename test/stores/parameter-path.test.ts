import { describe, expect, it } from 'vitest';
import type { CallResult } from '#agent/aws/aws-calls.ts';
import { openStore, type StoreParts } from '#agent/stores/open-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { verdictOf } from '../support/fetching.ts';
import { elapse } from '../support/patience.ts';
import { PIN } from '../support/pinned.ts';
import { storeParts } from '../support/store-parts.ts';

type Page = CallResult | ((asked: Readonly<Record<string, unknown>>) => CallResult);

/** A reading of `ssm:/p` that is answered with these pages, one a call. */
async function read(...pages: readonly Page[]) {
  const clock = new FakeClock();
  const asked: unknown[] = [];
  const aws = {
    json: async (_service: string, _target: string, body: Readonly<Record<string, unknown>>) => {
      asked.push(body['NextToken']);
      const answer = pages[asked.length - 1] ?? pages.at(-1);
      return typeof answer === 'function' ? answer(body) : answer;
    },
  } as unknown as StoreParts['aws'];
  const reader = openStore('ssm:/p', storeParts({ aws, clock, random: () => 0.5 }));
  const started = clock.now();
  const outcome = await elapse(clock, reader(undefined, new AbortController().signal));
  return { outcome, asked, tookMs: clock.now() - started };
}

function page(names: readonly string[], next?: string): CallResult {
  const Parameters = names.map((Name) => ({ Name, Type: 'String', Value: 'x', Version: 1 }));
  return { kind: 'ok', text: '', json: { Parameters, ...(next && { NextToken: next }) } };
}

/** A hundred and five pages of one parameter. */
function more(asked: Readonly<Record<string, unknown>>): CallResult {
  const at = Number(asked['NextToken'] ?? 0);
  return page([`/p/k${at}`], at < 104 ? String(at + 1) : undefined);
}

function refusal(code: string, kind: Extract<CallResult, { kind: 'refused' }>['class']): CallResult {
  return { kind: 'refused', status: 400, code, message: '', class: kind, json: {} };
}

describe('a path of parameters', () => {
  it('is read to its last page, and nothing of it is taken when one is missing', async () => {
    const whole = await read(page(['/p/a'], '1'), page(['/p/b'], '2'), page(['/p/c']));
    expect(whole.asked).toEqual([undefined, '1', '2']);
    const half = await read(page(['/p/a'], '1'), refusal('InternalServerError', 'broken'));
    expect(verdictOf(half.outcome)).toBe('retry LF_SOURCE_UNREACHABLE');
  });

  it('goes on behind a page without parameters', async () => {
    const { outcome, asked } = await read(page([], '1'), page(['/p/a']));
    expect(asked).toEqual([undefined, '1']);
    expect(outcome).toMatchObject({ kind: 'ok', value: { files: [{ path: 'parameters.entries' }] } });
  });

  it('waits for a throttled page, and does not ask for those before it again', async () => {
    const throttled = refusal('ThrottlingException', 'throttled');
    const { outcome, asked } = await read(page(['/p/a'], '1'), throttled, throttled, page(['/p/b']));
    expect(verdictOf(outcome)).toBe('ok');
    expect(asked).toEqual([undefined, '1', '1', '1']);
  });

  it('leaves the first page to the pace of the layer, and does not wait for one page for ever', async () => {
    const throttled = refusal('ThrottlingException', 'throttled');
    const first = await read(throttled);
    expect([verdictOf(first.outcome), first.asked.length]).toEqual(['retry LF_SOURCE_THROTTLED', 1]);
    const later = await read(page(['/p/a'], '1'), throttled);
    expect([verdictOf(later.outcome), later.asked.length]).toEqual(['retry LF_SOURCE_THROTTLED', 7]);
  });

  it('leaves most of the quota of the account to others when it has many pages', async () => {
    const { outcome, tookMs } = await read(more);
    expect(verdictOf(outcome)).toBe('ok');
    expect(tookMs).toBeGreaterThanOrEqual(100 * 100);
  });

  it.each<[string, readonly Page[], string]>([
    [
      'is denied, with the permission',
      [refusal('AccessDeniedException', 'denied')],
      'retry LF_SOURCE_DENIED',
    ],
    ['goes round in a circle', [page(['/p/a'], '1')], 'retry LF_SOURCE_MALFORMED'],
    ['names a parameter of another path', [page(['/other/a'])], 'retry LF_SOURCE_MALFORMED'],
    ['is no page', [{ kind: 'ok', text: '', json: {} }], 'retry LF_SOURCE_MALFORMED'],
    [
      'has too many parameters',
      [
        ({ NextToken: at = 0 }) =>
          page(
            Array.from({ length: 10 }, (_, n) => `/p/${Number(at)}-${n}`),
            `${Number(at) + 1}`,
          ),
      ],
      'retry LF_OBJECT_TOO_LARGE',
    ],
  ])('%s', async (_, pages, verdict) => {
    const { outcome } = await read(...pages);
    expect(verdictOf(outcome)).toBe(verdict);
    if (outcome.kind !== 'ok' && outcome.fault.code === 'LF_SOURCE_DENIED') {
      expect(outcome.fault.hint).toBe(
        `Allow the role ssm:GetParametersByPath on arn:aws:ssm:${PIN.region}:${PIN.account}:parameter/p.`,
      );
    }
  });
});

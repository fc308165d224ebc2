import { expect, it } from 'vitest';
import { createNoticeHooks, type RunNoticeHooks } from '#agent/termination/notice-hooks.ts';
import { sealedNotes } from '#agent/termination/notes.ts';
import { silentLogger } from '#kit/logger.ts';
import { fail, ok } from '#kit/outcome.ts';

const REBALANCE = { source: 'rebalance', action: 'recommended', at: '2026-11-21T08:00:00Z' } as const;
const REBOOT = {
  source: 'maintenance',
  action: 'system-reboot',
  id: 'instance-event-1',
  state: 'active',
} as const;
const FAULT = {
  code: 'LF_APPLY_HOOK',
  operation: 'run',
  subject: 'h',
  cause: 'exit code 1',
  hint: '',
} as const;

function staged(run: RunNoticeHooks, notes = sealedNotes(undefined, silentLogger)) {
  const records: unknown[] = [];
  const stop = new AbortController().signal;
  const hooks = createNoticeHooks({
    run,
    notes,
    logger: silentLogger,
    record: (data) => void records.push([data['source'], data['outcome']]),
    stop,
  });
  return { hooks, records, notes };
}

it('each notice is told once, one after the other, with what it says', async () => {
  const heard: unknown[] = [];
  const run: RunNoticeHooks = async (environment) => {
    heard.push(environment);
    await new Promise(setImmediate);
    heard.push('ended');
    return ok(['hook']);
  };
  const { hooks, records, notes } = staged(run);
  await Promise.all([hooks.heed(REBALANCE), hooks.heed(REBOOT), hooks.heed(REBALANCE)]);
  expect(heard).toEqual([
    {
      LANDFALL_NOTICE_SOURCE: 'rebalance',
      LANDFALL_NOTICE_ACTION: 'recommended',
      LANDFALL_NOTICE_AT: '2026-11-21T08:00:00Z',
      LANDFALL_NOTICE_ID: '',
      LANDFALL_NOTICE_STATE: '',
    },
    'ended',
    expect.objectContaining({ LANDFALL_NOTICE_ID: 'instance-event-1', LANDFALL_NOTICE_STATE: 'active' }),
    'ended',
  ]);
  expect(records).toEqual([
    ['rebalance', 'done'],
    ['maintenance', 'done'],
  ]);
  const again = staged(run, notes);
  await again.hooks.heed(REBALANCE);
  await again.hooks.heed({ ...REBOOT, state: 'completed' });
  expect(again.records).toEqual([['maintenance', 'done']]);
});

it('a notice waits for a generation, and for one that has a hook', async () => {
  let answer: Awaited<ReturnType<RunNoticeHooks>>;
  const { hooks, records } = staged(async () => answer);
  await hooks.heed(REBALANCE);
  answer = ok([]);
  await hooks.retry();
  expect(records).toEqual([]);
  answer = ok(['hook']);
  await hooks.retry();
  await hooks.retry();
  expect(records).toEqual([['rebalance', 'done']]);
});

it('a hook that fails is told and not run again; one that a stop cut is', async () => {
  const outcomes = [{ kind: 'retry', fault: FAULT } as const, fail(FAULT)];
  let runs = 0;
  const { hooks, records } = staged(async () => outcomes[runs++]);
  await hooks.heed(REBALANCE);
  await hooks.retry();
  await hooks.retry();
  expect([runs, records]).toEqual([2, [['rebalance', 'failed']]]);
});

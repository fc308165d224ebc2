import { expect, test } from 'vitest';
import { pipelineLines } from '#agent/cli/pipeline-lines.ts';
import type { PipelinesDocument } from '#agent/daemon/telemetry/pipelines.ts';

const STREAM = { group: 'g', stream: 's' };

/** Of each document what the lines are made of. */
function logs(changes: object): object {
  const entries = ['a', 'b', 'c'].map((entry) => {
    return { entry, troubles: [], sources: [{ group: 'g', stream: entry }] };
  });
  return { logs: { checkpoints: 'ok', entries, waiting: [], streams: [], ...changes } };
}

test.each<[object, string]>([
  [{}, ''],
  [logs({}), 'logs: 3 entries, none held'],
  [
    logs({
      streams: [{ group: 'g', stream: 'b', trouble: { kind: 'denied', code: 'AccessDeniedException' } }],
    }),
    'logs: 1 of 3 entries held: denied (AccessDeniedException) (landfall logs status)',
  ],
  [
    logs({ streams: [{ group: 'g', stream: '2026-11-21', trouble: { kind: 'throttled', code: 'X' } }] }),
    'logs: 1 of 1 streams held: throttled (X) (landfall logs status)',
  ],
  [
    logs({
      entries: [{ entry: 'a', troubles: ['no file matches /x', 'no file matches /y'], sources: [STREAM] }],
    }),
    'logs: a: no file matches /x, and 1 more (landfall logs status)',
  ],
  [
    logs({ waiting: [{ entry: 'd', needs: '{role}' }], checkpoints: 'failing' }),
    'logs: d waits for {role}; checkpoints cannot be written (landfall logs status)',
  ],
  [{ metrics: { namespace: 'N', series: 3, waitingFor: null, failing: null } }, 'metrics: 3 series to N'],
  [
    { metrics: { namespace: 'N', series: 3, waitingFor: '{role}', failing: null } },
    'metrics: waiting for {role}',
  ],
  [
    { metrics: { namespace: 'N', series: 3, waitingFor: null, failing: 'AccessDenied' } },
    'metrics: failing: AccessDenied (landfall metrics status)',
  ],
  [
    { refused: { logs: { code: 'LF_PLAN_INVALID', cause: 'one setting is wrong' } } },
    'logs: as they were before: one setting is wrong [LF_PLAN_INVALID]',
  ],
])('what status says of %j', (document, expected) => {
  expect(
    pipelineLines(document as PipelinesDocument)
      .map(({ name, text }) => `${name}: ${text}`)
      .join('\n'),
  ).toBe(expected);
});

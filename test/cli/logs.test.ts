import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { addLogsCommand } from '#agent/cli/logs.ts';
import { addMetricsCommand } from '#agent/cli/metrics.ts';
import { commandLine } from '../support/command-line.ts';
import { loopbackServer } from '../support/loopback-server.ts';

const amount = (events: number) => ({ events, bytes: events * 10 });
const NONE = amount(0);

const ledger = (read: number, more: object = {}) => ({
  read: amount(read),
  acknowledged: amount(read),
  filtered: NONE,
  rejected: { tooOld: NONE, tooNew: NONE, expired: NONE },
  quarantined: NONE,
  lost: {},
  inFlight: NONE,
  samples: [],
  ...more,
});

const LOGS = {
  checkpoints: 'failing',
  entries: [
    {
      entry: 'app',
      kind: 'files',
      ledger: ledger(10, {
        acknowledged: amount(6),
        rejected: { tooOld: amount(1), tooNew: NONE, expired: NONE },
        lost: { truncated: amount(3) },
      }),
      troubles: [],
      inherited: { bytes: 4711 },
      sources: [{ source: 'app', lagMs: 2_400, ledger: ledger(10) }],
    },
  ],
  waiting: [{ entry: 'web', needs: '{role}' }],
  streams: [
    {
      group: '/prod/app',
      stream: 'i-1',
      trouble: { kind: 'denied', code: 'AccessDeniedException', since: '2026-11-21T07:00:00.000Z' },
    },
    { group: '/prod/app', stream: 'i-2', trouble: null },
  ],
  groups: [
    {
      group: '/prod/app',
      setting: 'class',
      trouble: 'fixed',
      action: null,
      code: null,
      expected: 'INFREQUENT_ACCESS',
      found: 'STANDARD',
    },
    {
      group: '/prod/app',
      setting: 'tags',
      trouble: 'denied',
      action: 'TagResource',
      code: 'AccessDeniedException',
      expected: null,
      found: null,
    },
  ],
};

function run(status: object, ...flags: readonly string[]): Promise<string> {
  return runOf('logs', status, ...flags);
}

async function runOf(
  pipeline: 'logs' | 'metrics',
  status: object,
  ...flags: readonly string[]
): Promise<string> {
  await using server = await loopbackServer((_request, response) => response.end(JSON.stringify(status)));
  const line = commandLine({
    LANDFALL_LISTEN: server.url.host,
    LANDFALL_SOCKET: '/nonexistent/landfall.sock',
  });
  const program = new Command().option('--json').exitOverride();
  addLogsCommand(program, line.context);
  addMetricsCommand(program, line.context);
  await program.parseAsync(['node', 'landfall', pipeline, 'status', ...flags]);
  return line.out();
}

describe('logs status', () => {
  test('shows where everything has gone, and what is wrong', async () => {
    expect(await run({ pipelines: { logs: LOGS } })).toBe(
      [
        'source       read  acknowledged  filtered  rejected  quarantined  lost  in flight  lag',
        'app (files)  10    6             0         1         0            3     0          2s',
        'web waits for {role}',
        '/prod/app i-1 is held since 2026-11-21T07:00:00.000Z: denied (AccessDeniedException)',
        '/prod/app: class is not as the plan has it (wanted INFREQUENT_ACCESS, is STANDARD): AWS changes it for no group that is there',
        '/prod/app: tags is not as the plan has it: denied, TagResource: AccessDeniedException',
        'checkpoints cannot be written',
        'app lost: 3 events, 30 bytes, truncated',
        'app rejected: 1 events, 10 bytes, tooOld',
        'app inherited: 4711 bytes of another instance were left out',
        '',
      ].join('\n'),
    );
  });

  test('with --json is the document of the status', async () => {
    expect(JSON.parse(await run({ pipelines: { logs: LOGS } }, '--json'))).toEqual(LOGS);
  });

  test('of an agent that ships nothing says so', async () => {
    expect(await run({ pipelines: {} })).toBe('no logs are shipped\n');
    expect(await run({ pipelines: {} }, '--json')).toBe('null\n');
  });
});

describe('metrics status', () => {
  test.each([
    ['of an agent that sends none', { pipelines: {} }],
    ['of an agent that is older than metrics', {}],
  ])('%s says so, as that of logs does', async (_, status) => {
    expect(await runOf('metrics', status)).toBe('no metrics are sent\n');
    expect(await runOf('metrics', status, '--json')).toBe('null\n');
  });
});

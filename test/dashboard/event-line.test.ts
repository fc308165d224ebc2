import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EVENT_KINDS } from '#agent/dashboard/page/documents.ts';
import { eventLine, latestChanges } from '#agent/dashboard/page/event-line.ts';

const AT = '2026-11-21T04:31:07.213Z';
const line = (kind: string, data: Readonly<Record<string, unknown>>) =>
  eventLine({ id: 1, kind, data: { at: AT, ...data } });

describe('events of the dashboard', () => {
  it('are asked for by every kind that the API tells', () => {
    const [, table = ''] =
      /\| event \| data.*?\n\|---\|---\|\n(.*?)\n\n/s.exec(readFileSync('docs/api.md', 'utf8')) ?? [];
    const told = [...table.matchAll(/^\| `([a-z]+)`/gm)].map(([, kind = '']) => kind);
    expect(told.toSorted()).toEqual([...EVENT_KINDS].toSorted());
  });

  it.each([
    [
      'generation',
      { number: 2, release: 'r7', keys: ['a', 'b'] },
      'good',
      'Generation 2 is active, release r7: 2 values changed',
      ['a', 'b'],
    ],
    [
      'refused',
      { number: 3, release: null, code: 'LF_SHRUNK' },
      'bad',
      'Generation 3 was refused: LF_SHRUNK',
      [],
    ],
    [
      'source',
      { state: 'stale', code: 'LF_SOURCE_UNREACHABLE' },
      'warn',
      'The source cannot be followed: LF_SOURCE_UNREACHABLE',
      [],
    ],
    ['source', { state: 'fresh' }, 'good', 'The source answers again', []],
    [
      'override',
      { action: 'set', key: 'workers', reason: 'month end' },
      'warn',
      'Override set: workers',
      ['month end'],
    ],
    [
      'leak',
      { action: 'found', process: 'java', region: 'us-east-1', to: ['1.2.3.4:443'] },
      'bad',
      'Leak found: java leads to us-east-1',
      ['1.2.3.4:443'],
    ],
    [
      'applied',
      {
        number: 2,
        changes: [
          {
            entry: 'templates.nginx',
            subject: '/etc/nginx.conf',
            action: 'replace',
            reason: 'content differs',
          },
        ],
      },
      'plain',
      '1 change on this host',
      ['replace /etc/nginx.conf: templates.nginx (content differs)'],
    ],
  ])('say in a sentence what happened: %s %j', (kind, data, tone, says, detail) => {
    expect(line(kind, data)).toEqual({ tone, says, detail });
  });

  it.each(['generation', 'relocated', 'applied', 'leak', 'something new'])(
    'of an agent that says less or more are lines all the same: %s',
    (kind) => {
      expect(line(kind, { keys: 7, removed: null, changes: [null, 3], to: {} }).says).not.toBe('');
    },
  );
});

describe('termination in one sentence', () => {
  it.each([
    [
      { phase: 'notice', source: 'spot', action: 'terminate', decision: 'leave' },
      'warn',
      'Announced: terminate (spot)',
    ],
    [
      { phase: 'notice-hooks', source: 'rebalance', action: 'recommended', outcome: 'failed' },
      'bad',
      'Hooks for the notice recommended (rebalance): failed',
    ],
    [
      { phase: 'leaving', source: 'shutdown', action: 'poweroff', withinMs: 5 },
      'warn',
      'Leaving: poweroff (shutdown)',
    ],
    [{ phase: 'step', step: 'drain', outcome: 'late' }, 'bad', 'Leaving, drain: late'],
    [{ phase: 'step', step: 'hooks', outcome: 'done' }, 'plain', 'Leaving, hooks: done'],
    [{ phase: 'left', source: 'spot', action: 'terminate' }, 'warn', 'Left: terminate (spot)'],
    [
      { phase: 'launch', told: 'autoscaling', hook: 'h', result: 'CONTINUE' },
      'good',
      'Launch told to autoscaling: CONTINUE',
    ],
    [{ phase: 'later', what: 'x' }, 'warn', 'termination: phase later, what x'],
  ] as const)('%o', (data, tone, says) => {
    expect(line('termination', data)).toMatchObject({ tone, says });
  });

  it('of a store names the layer', () => {
    expect(line('source', { state: 'stale', code: 'LF_X', layer: 'ssm' }).says).toBe(
      'The store of ssm cannot be followed: LF_X',
    );
  });
});

const applied = (id: number, ...changes: readonly unknown[]) => ({
  id,
  kind: 'applied',
  data: { at: `2026-11-21T04:31:0${id}.000Z`, changes },
});

describe('what the agent last did to each entry', () => {
  it('is told once each, services apart from files, and claims not at all', () => {
    const { services, others } = latestChanges([
      applied(3, { entry: 'services.nginx', subject: 'nginx', action: 'reload' }),
      applied(2, { entry: 'claims.address', subject: '198.51.100.7', action: 'lost' }),
      applied(
        1,
        { entry: 'templates.nginx', subject: '/etc/nginx.conf', action: 'create' },
        { entry: 'services.nginx', subject: 'nginx', action: 'start' },
        { entry: 'deploy', subject: '/srv/app/current', action: 'deploy' },
        'no change',
      ),
    ]);
    expect(services.map(({ entry, action, at }) => `${entry} ${action} ${at.slice(17, 19)}`)).toEqual([
      'deploy deploy 01',
      'services.nginx reload 03',
    ]);
    expect(others).toMatchObject([{ entry: 'templates.nginx' }]);
  });
});

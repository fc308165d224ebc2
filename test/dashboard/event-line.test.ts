import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EVENT_KINDS } from '#agent/dashboard/page/documents.ts';
import { eventLine } from '#agent/dashboard/page/event-line.ts';

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

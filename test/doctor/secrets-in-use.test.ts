import { expect, it } from 'vitest';
import { examineSecrets } from '#agent/doctor/secrets-in-use.ts';

const FRESH = { service: 'ssm', name: '/a', state: 'fresh', age: '2m', failure: null } as const;
const FAILURE = { code: 'LF_SECRET_DENIED', message: 'reading it is denied', hint: 'Allow it.' } as const;

it('warns of secrets of the running agent that cannot be read, with age and way out', () => {
  const stale = { ...FRESH, name: '/b:3', state: 'stale', age: '2h', failure: FAILURE };
  expect(examineSecrets([FRESH, stale])).toEqual([
    {
      check: 'secrets',
      level: 'warning',
      says: 'ssm /b:3 is stale, last read 2h ago: reading it is denied [LF_SECRET_DENIED]',
      wayOut: 'Allow it.',
    },
  ]);
  expect(examineSecrets([FRESH])).toMatchObject([{ level: 'ok', says: '1 in use, all read' }]);
  expect(examineSecrets([])).toEqual([]);
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copiedTags, markText, missingTags, readMark } from '#scripts/ops/sync/back-tags.ts';
import { clientToken } from '#scripts/ops/sync/client-token.ts';
import { copyIdOf, judgeDatabase, newestAvailable } from '#scripts/ops/sync/database-decision.ts';
import type { FoundImage } from '#scripts/ops/sync/ec2-images.ts';
import { attributeDifferences, judgeImages } from '#scripts/ops/sync/image-decision.ts';
import type { DatabaseSnapshot } from '#scripts/ops/sync/rds-snapshots.ts';
import { surplusOf } from '#scripts/ops/sync/retention.ts';

const AT = Date.UTC(2013, 11, 1);
const BACK = 'Sync-From-us-east-1';

function image(id: string, state: string, tags: Readonly<Record<string, string>> = {}): FoundImage {
  const attributes = {
    architecture: 'x86_64',
    bootMode: 'uefi',
    imdsSupport: 'v2.0',
    tpmSupport: '',
    enaSupport: 'true',
    rootDeviceName: '/dev/xvda',
    deprecatedAt: '',
    protection: '',
  };
  return {
    id,
    state,
    name: id,
    description: '',
    reason: '',
    createdAt: AT,
    snapshots: [],
    rootSnapshot: '',
    tags: new Map(Object.entries(tags)),
    attributes,
  };
}

function snapshot(id: string, day: number, tag?: string, status = 'available'): DatabaseSnapshot {
  return {
    id,
    arn: `arn:aws:rds:us-east-1:123456789012:snapshot:${id}`,
    status,
    createdAt: AT + day * 86_400_000,
    isEncrypted: false,
    optionGroup: '',
    progress: 100,
    tags: new Map(tag === undefined ? [] : [[BACK, tag]]),
  };
}

describe('the tags by which source and copy know each other', () => {
  it('are written as the gem writes them', () => {
    expect(markText({ at: AT, id: 'ami-123' })).toBe('20131201000000+0000 / ami-123');
  });

  it('are read back, to the second', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000_000_000 }),
        fc.stringMatching(/^[a-z:-]{1,20}$/),
        (second, id) => {
          expect(readMark(markText({ at: second * 1000, id }))).toEqual({ at: second * 1000, id });
        },
      ),
    );
  });

  it('are read in another zone, too', () => {
    expect(readMark('20131201020000+0200 / ami-1')).toEqual({ at: AT, id: 'ami-1' });
  });

  it.each([undefined, '', 'ami-1', '20131201000000+0000 / ', 'yesterday / ami-1'])('are none: %s', (text) => {
    expect(readMark(text)).toBeUndefined();
  });

  it('stay behind when tags are copied, as do those that AWS reserves; the identifier goes along', () => {
    const tags = new Map(
      [
        'aws:x',
        'AWS:y',
        'Sync-eu-west-1',
        'Sync-From-us-gov-west-1',
        'Sync-Job',
        'Sync-Identifier',
        'Sync-Up',
        'é',
      ].map((key) => [key, 'v']),
    );

    expect([...copiedTags(tags).keys()]).toEqual(['Sync-Identifier', 'Sync-Up', 'é']);
  });

  it('are missing only where the key is: another value was set by somebody', () => {
    expect(
      missingTags(
        new Map([
          ['a', '1'],
          ['b', '2'],
        ]),
        new Map([['a', 'other']]),
      ),
    ).toEqual(new Map([['b', '2']]));
  });
});

describe('a client token', () => {
  const attempt = {
    source: 'ami-1',
    sourceRegion: 'us-east-1',
    destination: 'us-west-1',
    dead: ['ami-9', 'ami-8'],
  };

  it('is the same for the same attempt, in whatever order the dead are listed, and fits EC2', () => {
    expect(clientToken(attempt)).toBe(clientToken({ ...attempt, dead: ['ami-8', 'ami-9', 'ami-8'] }));
    expect(clientToken(attempt)).toMatch(/^[\x21-\x7e]{1,64}$/);
  });

  it('is another once a copy failed or is gone, and for each source and destination', () => {
    const tokens = [
      attempt,
      { ...attempt, dead: [] },
      { ...attempt, source: 'ami-2' },
      { ...attempt, destination: 'eu-west-1' },
      { ...attempt, sourceRegion: 'eu-west-1' },
    ].map(clientToken);

    expect(new Set(tokens).size).toBe(5);
  });
});

describe('whether an image is due', () => {
  const mark = { at: AT, id: 'ami-old' };

  it.each(['pending', 'available', 'disabled'])('not while the copy that the source names is %s', (state) => {
    const marked = image('ami-old', state);

    expect(judgeImages({ mark, marked, backed: [] })).toEqual({ kind: 'there', copy: marked });
  });

  it('not when a copy with our tag is there that the source does not name', () => {
    const backed = image('ami-2', 'available');

    expect(judgeImages({ mark: undefined, marked: undefined, backed: [backed] })).toEqual({
      kind: 'there',
      copy: backed,
    });
  });

  it('when the copy is gone, and the token is told so', () => {
    expect(judgeImages({ mark, marked: undefined, backed: [] })).toEqual({ kind: 'due', dead: ['ami-old'] });
  });

  it.each(['failed', 'error', 'invalid'])('when the copy is %s', (state) => {
    const backed = [image('ami-3', state), image('ami-old', state)];

    expect(judgeImages({ mark, marked: backed[1], backed })).toEqual({
      kind: 'due',
      dead: ['ami-3', 'ami-old'],
    });
  });

  it('what the source names comes before others, and what is available before what is pending', () => {
    const [named, other, pending] = [
      image('ami-old', 'pending'),
      image('ami-1', 'available'),
      image('ami-0', 'pending'),
    ];

    expect(judgeImages({ mark, marked: named, backed: [other] })).toMatchObject({ copy: { id: 'ami-old' } });
    expect(judgeImages({ mark: undefined, marked: undefined, backed: [pending, other] })).toMatchObject({
      copy: { id: 'ami-1' },
    });
  });

  it('what EC2 should have carried along is compared', () => {
    const { attributes } = image('ami-1', 'available');

    expect(attributeDifferences(attributes, { ...attributes, bootMode: '', tpmSupport: 'v2.0' })).toEqual([
      'bootMode is not set, of the source uefi',
    ]);
  });
});

describe('whether a snapshot of a database is due', () => {
  const newest = snapshot('rds:db-2', 2);

  it('its copy has dashes for colons', () => {
    expect(copyIdOf('rds:mydb-2013-12-01-06-10')).toBe('rds-mydb-2013-12-01-06-10');
  });

  it('the newest available one counts, not one that is still being made', () => {
    const making = { ...snapshot('rds:db-3', 3), status: 'creating', createdAt: 0 };

    expect(newestAvailable([snapshot('rds:db-1', 1), newest, making])).toBe(newest);
    expect(newestAvailable([making])).toBeUndefined();
  });

  const older = snapshot('rds-db-1', 5, markText({ at: AT + 86_400_000, id: 'rds:db-1' }));
  const same = snapshot('rds-db-2', 5, markText({ at: newest.createdAt, id: 'rds:db-2' }));

  it.each([
    ['nothing is there', [], 'due'],
    ['only an older copy is there', [older], 'due'],
    ['only untagged ones are there', [snapshot('by-hand', 9)], 'due'],
    ['its copy is there', [older, same], 'there'],
    ['its copy failed', [{ ...same, status: 'failed' }], 'due'],
    ['its copy has no tag: the gem was stopped', [older, snapshot('rds-db-2', 5)], 'adopt'],
    [
      'a newer copy is there',
      [snapshot('x', 5, markText({ at: newest.createdAt + 1000, id: 'rds:db-9' }))],
      'newer',
    ],
  ])('when %s', (_, manual, kind) => {
    expect(judgeDatabase(newest, manual, 'us-east-1')).toMatchObject({ kind });
  });
});

describe('retention', () => {
  it('takes the oldest beyond the number, the same ones in every order', () => {
    const copies = fc.uniqueArray(fc.record({ id: fc.stringMatching(/^[a-f]{1,6}$/), at: fc.nat(9) }), {
      selector: ({ id }) => id,
    });
    fc.assert(
      fc.property(copies, fc.nat(6), (list, count) => {
        const gone = surplusOf(list, count);
        const stay = list.filter((copy) => !gone.includes(copy));
        expect(stay).toHaveLength(Math.min(count, list.length));
        for (const old of gone) for (const young of stay) expect(old.at).toBeLessThanOrEqual(young.at);
        expect(surplusOf(list.toReversed(), count)).toEqual(gone);
      }),
    );
  });
});

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rewrite, type Rewrite } from '#agent/scan/rewrite/rewrite.ts';
import { systemClock } from '#kit/clock.ts';
import { zipOf } from '../support/archives.ts';
import { folderOf } from '../support/scanning.ts';

function rewriteIn(root: string, move = { from: 'us-east-1', to: 'eu-west-1' }): Promise<Rewrite> {
  return rewrite(['.'], move, { cwd: root, clock: systemClock });
}

async function rewritten(text: string, move?: { from: string; to: string }): Promise<string | undefined> {
  const { diff, unmapped } = await rewriteIn(folderOf({ a: text }), move);
  expect(diff === '').toBe(unmapped.length > 0);
  return diff
    .split('\n')
    .find((line) => line.startsWith('+') && !line.startsWith('+++'))
    ?.slice(1);
}

describe('what means the same in the other region is rewritten', () => {
  it.each([
    ['url=https://sqs.us-east-1.amazonaws.com/', 'url=https://sqs.eu-west-1.amazonaws.com/'],
    ['url=https://s3.dualstack.us-east-1.amazonaws.com', 'url=https://s3.dualstack.eu-west-1.amazonaws.com'],
    ['mirror=http://us-east-1.ec2.archive.ubuntu.com/', undefined],
    ['arn:aws:sqs:us-east-1:123456789012:orders', 'arn:aws:sqs:eu-west-1:123456789012:orders'],
    ['service=com.amazonaws.us-east-1.s3', 'service=com.amazonaws.eu-west-1.s3'],
    ['zone=us-east-1a', 'zone=eu-west-1a'],
    ['zone=use1-az2', 'zone=euw1-az2'],
    ['region=us-east-1', 'region=eu-west-1'],
    ['r = Regions.US_EAST_1;', 'r = Regions.EU_WEST_1;'],
    ['r = Region.UsEast1;', 'r = Region.EuWest1;'],
    ['r = RegionEndpoint.USEast1;', 'r = RegionEndpoint.EUWest1;'],
    ['search ec2.internal', 'search eu-west-1.compute.internal'],
  ])('%s', async (before, after) => {
    expect(await rewritten(before)).toBe(after);
  });
});

describe('what does not is named, with the reason', () => {
  it.each([
    ['db=mydb.abc123def.us-east-1.rds.amazonaws.com', 'the host of a resource that has another name there'],
    [
      'url=https://a1b2c3.execute-api.us-east-1.amazonaws.com/p',
      'the host of a resource that has another name there',
    ],
    [
      'image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/app',
      'the host of a resource that has another name there',
    ],
    ['b=https://acme.s3.us-east-1.amazonaws.com/x', 'the host of a resource that has another name there'],
    [
      'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
      'the ARN of a resource that has another id there',
    ],
    [
      'arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf',
      'the ARN of a resource that has another id there',
    ],
    ['zone=us-east-1f', 'the other region may have no such zone'],
    ['ami=ami-0abcdef1234567890', 'an id that exists in one region only'],
    ['region=us%2Deast%2D1', 'it is written in a way that is not rewritten'],
    ['d=aHR0cHM6Ly9zcXMudXMtZWFzdC0xLmFtYXpvbmF3cy5jb20v', 'it stands in base64'],
  ])('%s: %s', async (text, why) => {
    const { diff, unmapped } = await rewriteIn(folderOf({ a: `\n${text}` }));
    expect(diff).toBe('');
    expect(unmapped).toMatchObject([{ path: './a', line: 2, why }]);
  });

  it('when it stands where nothing can be replaced', async () => {
    const { diff, unmapped } = await rewriteIn(
      folderOf({
        'a.zip': zipOf({ conf: 'region=us-east-1' }),
        'b.gz': gzipSync('region=us-east-1'),
        'c.bin': 'region=us-east-1\0',
      }),
    );
    expect(diff).toBe('');
    expect(unmapped.map(({ why }) => why)).toEqual([
      'it stands in an archive',
      'the file is no plain text',
      'the file is no plain text',
    ]);
  });

  it('when only a part of a host could be moved', async () => {
    const efs = 'us-east-1a.fs-12345678.efs.us-east-1.amazonaws.com';
    const { diff, unmapped } = await rewriteIn(folderOf({ fstab: `${efs}:/ /srv nfs4 d 0 0\n` }));
    expect(diff).toBe('');
    expect(unmapped).toEqual([
      { path: './fstab', line: 1, column: 1, text: efs, why: expect.stringContaining('resource') as string },
    ]);
  });

  it('when the other region is in another partition, but settings are moved', async () => {
    const move = { from: 'us-east-1', to: 'cn-north-1' };
    expect(await rewritten('region=us-east-1', move)).toBe('region=cn-north-1');
    expect(await rewritten('url=https://sqs.us-east-1.amazonaws.com', move)).toBeUndefined();
  });
});

it.each([
  ['var/log/app.log', 'a log'],
  ['srv/app/server.log.1', 'a log'],
  ['home/ubuntu/.bash_history', 'a log'],
  ['var/cache/apt/x.conf', 'a cache'],
  ['srv/app/__pycache__/x.py', 'a cache'],
  ['home/ubuntu/.cache/x.json', 'a cache'],
  ['var/lib/cloud/data/x', 'cloud-init'],
])('what a program writes by itself is left alone: %s', async (path, why) => {
  const root = folderOf({ [path]: 'region=us-east-1\n', 'etc/app.conf': 'region=us-east-1\n' });
  const { diff, unmapped, leftAlone } = await rewriteIn(root);
  expect(diff).toMatch(/^--- a\/etc\/app\.conf/);
  expect(diff.match(/^---/gm)).toHaveLength(1);
  expect(unmapped).toEqual([]);
  expect(leftAlone).toEqual([{ path: `./${path}`, why: expect.stringContaining(why) as string, places: 1 }]);
});

describe('the diff', () => {
  it('is one that git applies, and leaves everything else as it was', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    const text = (region: string): string =>
      [
        `region=${region}`,
        ...lines,
        `url=https://sqs.${region}.amazonaws.com/ü`,
        `zone=${region}a`,
        ...lines,
        `last=${region}`,
      ].join('\r\n');
    const files = {
      'etc/app.conf': text('us-east-1'),
      'with space.yaml': 'region: us-east-1\nother: eu-central-1\n',
    };
    const root = folderOf(files);
    const { diff, unmapped } = await rewriteIn(root);
    expect(unmapped).toEqual([]);
    expect(readFileSync(join(root, 'etc/app.conf'), 'utf8')).toBe(files['etc/app.conf']);
    execFileSync('git', ['apply', '--unsafe-paths', '-'], { cwd: root, input: diff });
    expect(readFileSync(join(root, 'etc/app.conf'), 'utf8')).toBe(text('eu-west-1'));
    expect(readFileSync(join(root, 'with space.yaml'), 'utf8')).toBe(
      'region: eu-west-1\nother: eu-central-1\n',
    );
    expect(await rewriteIn(root)).toEqual({ diff: '', unmapped: [], leftAlone: [] });
  });
});

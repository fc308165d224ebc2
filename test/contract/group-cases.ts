import { expect } from 'vitest';
import type { CallResult } from '#agent/aws/aws-calls.ts';
import { callsAt } from '../support/aws-calls.ts';
import type { Backend, ContractCase } from './backend.ts';

const { signal } = new AbortController();
const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/mrk-1';

/** A fresh group, and calls about it. */
async function fresh({ url }: Backend, name: string, more: object = {}) {
  const aws = callsAt(new URL(url));
  const call = (action: string, body: object): Promise<CallResult> =>
    aws.json('logs', `Logs_20140328.${action}`, body, { signal });
  const logGroupName = `/contract/${name}`;
  expect(await call('CreateLogGroup', { logGroupName, ...more })).toMatchObject({ kind: 'ok' });
  const describe = async (): Promise<Readonly<Record<string, unknown>>> => {
    const said = await call('DescribeLogGroups', { logGroupNamePrefix: logGroupName, limit: 1 });
    const { logGroups } = (said.kind === 'ok' ? said.json : {}) as { logGroups: [Record<string, unknown>] };
    return logGroups[0];
  };
  const resourceArn = String((await describe())['arn']).replace(/:\*$/, '');
  return { call, describe, logGroupName, resourceArn };
}

export const GROUP_CASES: readonly ContractCase[] = [
  {
    name: 'a group is the first of those that begin with its name',
    async run(backend) {
      const { call, describe, logGroupName } = await fresh(backend, 'first');
      for (const suffix of ['-1', '/a', '.x'])
        await call('CreateLogGroup', { logGroupName: logGroupName + suffix });
      const found = await describe();
      expect(found).toMatchObject({
        logGroupName,
        arn: expect.stringMatching(/:log-group:\/contract\/first:\*$/),
      });
      expect(found['retentionInDays']).toBeUndefined();
      const none = await call('DescribeLogGroups', { logGroupNamePrefix: '/contract/nobody', limit: 1 });
      expect(none).toMatchObject({ json: { logGroups: [] } });
    },
  },
  {
    name: 'retention is set and shown, and refused where there is no group',
    async run(backend) {
      const { call, describe, logGroupName } = await fresh(backend, 'retention');
      expect(await call('PutRetentionPolicy', { logGroupName, retentionInDays: 30 })).toMatchObject({
        kind: 'ok',
      });
      expect(await describe()).toMatchObject({ retentionInDays: 30 });
      const none = { logGroupName: '/contract/nobody', retentionInDays: 30 };
      expect(await call('PutRetentionPolicy', none)).toMatchObject({
        kind: 'refused',
        code: 'ResourceNotFoundException',
        class: 'missing',
      });
    },
  },
  {
    name: 'a number of days that is not offered is no retention',
    async run(backend) {
      const { call, logGroupName } = await fresh(backend, 'odd-days');
      expect(await call('PutRetentionPolicy', { logGroupName, retentionInDays: 31 })).toMatchObject({
        kind: 'refused',
        code: 'InvalidParameterException',
      });
    },
  },
  {
    name: 'tags of a group are listed, added and replaced, and others stay',
    async run(backend) {
      const { call, resourceArn } = await fresh(backend, 'tags', { tags: { team: 'pay', owner: 'ann' } });
      const listed = () => call('ListTagsForResource', { resourceArn });
      expect(await listed()).toMatchObject({ json: { tags: { team: 'pay', owner: 'ann' } } });
      const tags = { team: 'billing', cost: '7' };
      expect(await call('TagResource', { resourceArn, tags })).toMatchObject({ kind: 'ok' });
      expect(await listed()).toMatchObject({ json: { tags: { team: 'billing', owner: 'ann', cost: '7' } } });
    },
  },
  {
    name: 'tags of a group that does not exist are missing',
    async run(backend) {
      const { call, resourceArn } = await fresh(backend, 'untagged');
      const nobody = resourceArn.replace('untagged', 'nobody');
      for (const action of ['ListTagsForResource', 'TagResource']) {
        const body = { resourceArn: nobody, ...(action === 'TagResource' ? { tags: { a: 'b' } } : {}) };
        expect(await call(action, body)).toMatchObject({
          kind: 'refused',
          code: 'ResourceNotFoundException',
          class: 'missing',
        });
      }
    },
  },
  {
    name: 'the ARN of the streams of a group is none to be tagged',
    async run(backend) {
      const { call, resourceArn } = await fresh(backend, 'starred');
      const starred = { resourceArn: `${resourceArn}:*`, tags: { a: 'b' } };
      expect(await call('TagResource', starred)).toMatchObject({
        kind: 'refused',
        code: 'InvalidParameterException',
      });
    },
  },
  {
    name: 'the key of a group is shown',
    async run(backend) {
      const { describe } = await fresh(backend, 'key', { kmsKeyId: KEY });
      expect(await describe()).toMatchObject({ kmsKeyId: KEY });
    },
  },
  {
    name: 'a key is associated with a group that is there, and replaces another',
    async run(backend) {
      const { call, describe, logGroupName } = await fresh(backend, 'keyed', { kmsKeyId: KEY });
      const kmsKeyId = `${KEY}23`;
      expect(await call('AssociateKmsKey', { logGroupName, kmsKeyId })).toMatchObject({ kind: 'ok' });
      expect(await describe()).toMatchObject({ kmsKeyId });
      expect(await call('AssociateKmsKey', { logGroupName: '/contract/nobody', kmsKeyId })).toMatchObject({
        kind: 'refused',
        code: 'ResourceNotFoundException',
      });
      const foreign = KEY.replace('eu-west-1', 'us-east-1');
      expect(await call('AssociateKmsKey', { logGroupName, kmsKeyId: foreign })).toMatchObject({
        kind: 'refused',
        code: 'InvalidParameterException',
        class: 'invalid',
      });
    },
  },
  {
    name: 'the class of a group is shown, and standard when none was asked for',
    async run(backend) {
      const rare = await fresh(backend, 'rare', { logGroupClass: 'INFREQUENT_ACCESS' });
      expect(await rare.describe()).toMatchObject({ logGroupClass: 'INFREQUENT_ACCESS' });
      const usual = await fresh(backend, 'usual');
      expect(await usual.describe()).toMatchObject({ logGroupClass: 'STANDARD' });
    },
  },
];

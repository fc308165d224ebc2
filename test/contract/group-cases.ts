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
  {
    name: 'metric filters of a group are put, shown by the beginning of their name, and deleted',
    async run(backend) {
      const { call, logGroupName } = await fresh(backend, 'filtered');
      const metricTransformations = [
        { metricName: 'Errors', metricNamespace: 'Landfall', metricValue: '1', unit: 'Count' },
      ];
      const put = (filterName: string, filterPattern: string) =>
        call('PutMetricFilter', { logGroupName, filterName, filterPattern, metricTransformations });
      for (const name of ['landfall/app/a', 'landfall/app/b', 'landfall/apps/a', 'theirs'])
        expect(await put(name, 'ERROR')).toMatchObject({ kind: 'ok' });
      const filterNamePrefix = 'landfall/app/';
      const shown = await call('DescribeMetricFilters', { logGroupName, filterNamePrefix });
      const metricFilters = [
        { filterName: 'landfall/app/a', filterPattern: 'ERROR', metricTransformations },
        { filterName: 'landfall/app/b', filterPattern: 'ERROR' },
      ];
      expect(shown).toMatchObject({ json: { metricFilters } });
      await call('DeleteMetricFilter', { logGroupName, filterName: 'landfall/app/a' });
      const left = await call('DescribeMetricFilters', { logGroupName });
      const { metricFilters: all } = (left.kind === 'ok' ? left.json : {}) as {
        metricFilters: readonly { filterName: string }[];
      };
      expect(all.map(({ filterName }) => filterName).toSorted()).toEqual([
        'landfall/app/b',
        'landfall/apps/a',
        'theirs',
      ]);
    },
  },
  {
    name: 'a metric filter that is put again is another one then, also with a pattern that matches all',
    async run(backend) {
      const { call, logGroupName } = await fresh(backend, 'again');
      const metricTransformations = [{ metricName: 'Lines', metricNamespace: 'Landfall', metricValue: '1' }];
      const filterName = 'landfall/app/all';
      for (const filterPattern of ['ERROR', ''])
        expect(
          await call('PutMetricFilter', { logGroupName, filterName, filterPattern, metricTransformations }),
        ).toMatchObject({ kind: 'ok' });
      const shown = await call('DescribeMetricFilters', { logGroupName });
      const { metricFilters } = (shown.kind === 'ok' ? shown.json : {}) as {
        metricFilters: readonly object[];
      };
      expect(metricFilters).toHaveLength(1);
      expect(metricFilters[0]).toMatchObject({ filterName, filterPattern: '' });
    },
  },
  {
    name: 'metric filters of a group that does not exist are missing',
    async run(backend) {
      const { call } = await fresh(backend, 'unfiltered');
      const filter = {
        filterName: 'x',
        filterPattern: '',
        metricTransformations: [{ metricName: 'Lines', metricNamespace: 'Landfall', metricValue: '1' }],
      };
      for (const action of ['PutMetricFilter', 'DescribeMetricFilters'])
        expect(await call(action, { logGroupName: '/contract/nobody', ...filter })).toMatchObject({
          kind: 'refused',
          code: 'ResourceNotFoundException',
          class: 'missing',
        });
    },
  },
];

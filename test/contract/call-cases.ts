import { expect } from 'vitest';
import { callsAt } from '../support/aws-calls.ts';
import type { Backend, ContractCase } from './backend.ts';

const { signal } = new AbortController();

/** The agent's own hand-signed calls rather than the SDK's: what both must understand is what we really send. */
function calls({ url }: Backend) {
  return callsAt(new URL(url));
}

function events(count: number) {
  return Array.from({ length: count }, (_, at) => ({ timestamp: Date.now(), message: `line ${at} of many` }));
}

export const CALL_CASES: readonly ContractCase[] = [
  {
    name: 'logs are put after group and stream are made, plain and zipped',
    async run(backend) {
      const aws = calls(backend);
      const stream = { logGroupName: '/contract/calls', logStreamName: 'i-1' };
      const put = (count: number, gzip: boolean) =>
        aws.json(
          'logs',
          'Logs_20140328.PutLogEvents',
          { ...stream, logEvents: events(count) },
          { signal, gzip },
        );
      expect(await put(1, false)).toMatchObject({ kind: 'refused', class: 'missing' });
      const group = { logGroupName: stream.logGroupName };
      const create = () => aws.json('logs', 'Logs_20140328.CreateLogGroup', group, { signal });
      expect(await create()).toMatchObject({ kind: 'ok' });
      expect(await create()).toMatchObject({ kind: 'refused', class: 'exists' });
      const made = await aws.json('logs', 'Logs_20140328.CreateLogStream', stream, { signal });
      expect(made).toMatchObject({ kind: 'ok', json: {} });
      expect(await put(1, false)).toMatchObject({ kind: 'ok' });
      expect(await put(100, true)).toMatchObject({ kind: 'ok' });
      expect(await put(100, true)).toMatchObject({ kind: 'ok' });
    },
  },
  {
    name: 'metrics are put in awsJson, plain and zipped',
    async run(backend) {
      const aws = calls(backend);
      const datum = {
        Dimensions: [{ Name: 'InstanceId', Value: 'i-1' }],
        Timestamp: Date.now() / 1000,
        Value: 1,
      };
      const put = (count: number, gzip: boolean) => {
        const MetricData = Array.from({ length: count }, (_, at) => ({ ...datum, MetricName: `m${at}` }));
        const body = { Namespace: 'Contract/Json', MetricData };
        return aws.json('cloudwatch', 'GraniteServiceVersion20100801.PutMetricData', body, { signal, gzip });
      };
      expect(await put(1, false)).toMatchObject({ kind: 'ok' });
      expect(await put(100, true)).toMatchObject({ kind: 'ok' });
    },
  },
  {
    name: 'metrics are put in the query protocol, zipped',
    async run(backend) {
      const data = Array.from({ length: 50 }, (_, at): [string, string][] => [
        [`MetricData.member.${at + 1}.MetricName`, `m${at}`],
        [`MetricData.member.${at + 1}.Value`, '1'],
        [`MetricData.member.${at + 1}.Timestamp`, new Date().toISOString()],
      ]);
      const params = { Namespace: 'Contract/Query', ...Object.fromEntries(data.flat()) };
      const put = await calls(backend).query('cloudwatch', 'PutMetricData', params, { signal, gzip: true });
      expect(put).toMatchObject({ kind: 'ok' });
    },
  },
  {
    name: 'a query of EC2 by POST is answered like one by GET',
    async run(backend) {
      const id = await backend.launch('eu-west-1', { Role: 'web' });
      const params = { 'Filter.1.Name': 'resource-id', 'Filter.1.Value.1': id };
      const read = await calls(backend).query('ec2', 'DescribeTags', params, { signal });
      expect(read).toMatchObject({ kind: 'ok', text: expect.stringContaining('<value>web</value>') });
    },
  },
  {
    name: 'addresses and Auto Scaling instances are described',
    only: 'moto',
    async run(backend) {
      const aws = calls(backend);
      expect(await aws.query('ec2', 'DescribeAddresses', {}, { signal })).toMatchObject({ kind: 'ok' });
      const unknown = { 'PublicIp.1': '192.0.2.1' };
      expect(await aws.query('ec2', 'DescribeAddresses', unknown, { signal })).toMatchObject({
        kind: 'refused',
        class: 'missing',
      });
      const instances = await aws.query('autoscaling', 'DescribeAutoScalingInstances', {}, { signal });
      expect(instances).toMatchObject({ kind: 'ok' });
      const stack = { StackName: 'none', LogicalResourceId: 'none' };
      expect(await aws.query('cloudformation', 'DescribeStackResource', stack, { signal })).toMatchObject({
        kind: 'refused',
        code: 'ValidationError',
        class: 'invalid',
      });
    },
  },
];

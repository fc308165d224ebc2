import { expect } from 'vitest';
import type { AwsCalls, CallResult } from '#agent/aws/aws-calls.ts';
import { callsAt } from '../support/aws-calls.ts';
import type { ContractCase } from './backend.ts';

const { signal } = new AbortController();

function ssm(aws: AwsCalls, operation: string, body: object): Promise<CallResult> {
  return aws.json('ssm', `AmazonSSM.${operation}`, body, { signal });
}

function secrets(aws: AwsCalls, operation: string, body: object): Promise<CallResult> {
  return aws.json('secretsmanager', `secretsmanager.${operation}`, body, { signal });
}

export const SECRET_CASES: readonly ContractCase[] = [
  {
    name: 'GetParameters gives what exists, decrypted, and names what does not',
    async run({ url }) {
      const aws = callsAt(new URL(url));
      const parameter = { Name: '/contract/db', Value: 'one', Type: 'SecureString' };
      expect(await ssm(aws, 'PutParameter', parameter)).toMatchObject({ kind: 'ok', json: { Version: 1 } });
      const asked = { Names: ['/contract/db', '/contract/none'], WithDecryption: true };
      expect(await ssm(aws, 'GetParameters', asked)).toMatchObject({
        kind: 'ok',
        json: {
          Parameters: [
            { Name: '/contract/db', Value: 'one', Version: 1, LastModifiedDate: expect.any(Number) },
          ],
          InvalidParameters: ['/contract/none'],
        },
      });
    },
  },
  {
    name: 'a parameter is overwritten when asked to, and its version counts',
    async run({ url }) {
      const aws = callsAt(new URL(url));
      const parameter = { Name: '/contract/over', Value: 'one', Type: 'String' };
      await ssm(aws, 'PutParameter', parameter);
      const again = { ...parameter, Value: 'two' };
      expect(await ssm(aws, 'PutParameter', again)).toMatchObject({
        kind: 'refused',
        code: 'ParameterAlreadyExists',
        class: 'exists',
      });
      expect(await ssm(aws, 'PutParameter', { ...again, Overwrite: true })).toMatchObject({
        json: { Version: 2 },
      });
    },
  },
  {
    name: 'a parameter is read by version and by label, which the answer repeats as its selector',
    async run({ url }) {
      const aws = callsAt(new URL(url));
      const parameter = { Name: '/contract/versions', Type: 'SecureString' };
      await ssm(aws, 'PutParameter', { ...parameter, Value: 'one' });
      await ssm(aws, 'PutParameter', { ...parameter, Value: 'two', Overwrite: true });
      const label = { Name: parameter.Name, ParameterVersion: 1, Labels: ['stable'] };
      await ssm(aws, 'LabelParameterVersion', label);
      const Names = ['', ':1', ':stable', ':3', ':none'].map((selector) => parameter.Name + selector);
      const read = await ssm(aws, 'GetParameters', { Names, WithDecryption: true });
      const { Parameters, InvalidParameters } = (read.kind === 'ok' ? read.json : {}) as {
        readonly Parameters: readonly Readonly<Record<string, string>>[];
        readonly InvalidParameters: readonly string[];
      };
      const rows = Parameters.map(({ Name, Value, Selector = '' }) => `${Name}${Selector} ${Value}`);
      expect(rows.toSorted()).toEqual([
        '/contract/versions two',
        '/contract/versions:1 one',
        '/contract/versions:stable one',
      ]);
      expect(InvalidParameters.toSorted()).toEqual([`${parameter.Name}:3`, `${parameter.Name}:none`]);
    },
  },
  {
    name: 'a secret is read by stage and by version',
    async run({ url }) {
      const aws = callsAt(new URL(url));
      const SecretId = 'contract/stages';
      const made = await secrets(aws, 'CreateSecret', { Name: SecretId, SecretString: 'one' });
      const { VersionId } = (made.kind === 'ok' ? made.json : {}) as Record<string, string>;
      await secrets(aws, 'PutSecretValue', { SecretId, SecretString: 'two' });
      const reads = [{ VersionStage: 'AWSPREVIOUS' }, { VersionId }, { VersionStage: 'AWSCURRENT' }];
      const texts = await Promise.all(
        reads.map(async (which) => await secrets(aws, 'GetSecretValue', { SecretId, ...which })),
      );
      expect(texts).toMatchObject(['one', 'one', 'two'].map((SecretString) => ({ json: { SecretString } })));
      const missing = { SecretId, VersionStage: 'NONE' };
      expect(await secrets(aws, 'GetSecretValue', missing)).toMatchObject({
        kind: 'refused',
        class: 'missing',
      });
      const moved = { SecretId, VersionStage: 'BLUE', MoveToVersionId: VersionId };
      expect(await secrets(aws, 'UpdateSecretVersionStage', moved)).toMatchObject({ kind: 'ok' });
      const blue = await secrets(aws, 'GetSecretValue', { SecretId, VersionStage: 'BLUE' });
      expect(blue).toMatchObject({ json: { SecretString: 'one' } });
    },
  },
  {
    name: 'more than ten names are no valid batch',
    async run({ url }) {
      const Names = Array.from({ length: 11 }, (_, at) => `/contract/${at}`);
      expect(await ssm(callsAt(new URL(url)), 'GetParameters', { Names })).toMatchObject({
        kind: 'refused',
        code: 'ValidationException',
        class: 'invalid',
      });
    },
  },
  {
    name: 'a secret is read by name and by ARN, and each version has its own id',
    async run({ url }) {
      const aws = callsAt(new URL(url));
      const made = await secrets(aws, 'CreateSecret', { Name: 'contract/db', SecretString: '{"user":"u"}' });
      const { ARN, VersionId } = (made.kind === 'ok' ? made.json : {}) as Record<string, string>;
      for (const SecretId of ['contract/db', ARN]) {
        expect(await secrets(aws, 'GetSecretValue', { SecretId })).toMatchObject({
          kind: 'ok',
          json: { Name: 'contract/db', SecretString: '{"user":"u"}', VersionId },
        });
      }
      await secrets(aws, 'PutSecretValue', { SecretId: 'contract/db', SecretString: 'two' });
      const read = await secrets(aws, 'GetSecretValue', { SecretId: 'contract/db' });
      expect(read).toMatchObject({ json: { SecretString: 'two' } });
      expect(read).not.toMatchObject({ json: { VersionId } });
    },
  },
  {
    name: 'a secret that does not exist is missing, one that does is not created again',
    async run({ url }) {
      const aws = callsAt(new URL(url));
      expect(await secrets(aws, 'GetSecretValue', { SecretId: 'contract/none' })).toMatchObject({
        kind: 'refused',
        code: 'ResourceNotFoundException',
        class: 'missing',
      });
      const secret = { Name: 'contract/twice', SecretString: 's' };
      await secrets(aws, 'CreateSecret', secret);
      expect(await secrets(aws, 'CreateSecret', secret)).toMatchObject({ kind: 'refused', class: 'exists' });
    },
  },
];

import { describe, expect, it } from 'vitest';
import { placeholderSecrets, readSecretName } from '../../config-service/layers/secret-name.ts';

describe('readSecretName', () => {
  it.each([
    ['@ssm:/app/db.password', 'ssm', '/app/db.password', undefined],
    ['@ssm:plain', 'ssm', 'plain', undefined],
    [
      '@ssm:arn:aws:ssm:eu-west-1:111122223333:parameter/db',
      'ssm',
      'arn:aws:ssm:eu-west-1:111122223333:parameter/db',
      undefined,
    ],
    ['@secret:app/db', 'secretsmanager', 'app/db', undefined],
    ['@secret:db#password', 'secretsmanager', 'db', 'password'],
    ['@secret:db#a#b', 'secretsmanager', 'db', 'a#b'],
    [
      '@secret:arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf#user',
      'secretsmanager',
      'arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf',
      'user',
    ],
  ])('%s', (name, service, id, field) => {
    expect(readSecretName(name, 'eu-west-1')).toEqual({ kind: 'name', service, id, selector: '', field });
  });

  const ID = '0b2f5a6e-7c1d-4e5f-8a9b-0c1d2e3f4a5b';
  const ARN = 'arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf';
  it.each([
    ['@ssm:/db:3', '/db', ':3', undefined],
    ['@ssm:/db:stable', '/db', ':stable', undefined],
    ['@ssm:arn:aws:ssm:eu-west-1:1:parameter/db:3', 'arn:aws:ssm:eu-west-1:1:parameter/db', ':3', undefined],
    ['@secret:db:password::', 'db', '', 'password'],
    ['@secret:db::AWSPREVIOUS:', 'db', ':AWSPREVIOUS:', undefined],
    ['@secret:db#a.b::AWSPREVIOUS:', 'db', ':AWSPREVIOUS:', 'a.b'],
    [`@secret:db:::${ID}`, 'db', `::${ID}`, undefined],
    [`@secret:${ARN}:password:BLUE:${ID}`, ARN, `:BLUE:${ID}`, 'password'],
    [`@secret:${ARN}:SecretString`, ARN, '', undefined],
    ['@secret:db:SecretString:password', 'db', '', 'password'],
    [`@secret:db:SecretString:password:AWSPENDING:${ID}`, 'db', `:AWSPENDING:${ID}`, 'password'],
  ])('takes versions and fields as AWS spells them: %s', (name, id, selector, field) => {
    expect(readSecretName(name, 'eu-west-1')).toMatchObject({ kind: 'name', id, selector, field });
  });

  it.each([
    '@secret:db:AWSPREVIOUS',
    '@secret:db:password:AWSCURRENT',
    `@secret:db:${ID}`,
    `@secret:${ARN}:password`,
    '@secret:db#user:password::',
  ])('refuses what is near to it, with the spelling to use: %s', (name) => {
    expect(readSecretName(name, 'eu-west-1')).toMatchObject({
      code: 'LF_SECRET_INVALID',
      reason: expect.stringMatching(/write .*#field::AWSPREVIOUS:|names two fields/),
    });
  });

  it.each([
    '@ssm:arn:aws:ssm:us-east-1:1:parameter/db:3',
    '@secret:arn:aws:secretsmanager:us-east-1:1:secret:db-AbCdEf:password::',
    '@ssm:arn:aws:ssm:us-east-1:1:parameter/db',
    '@secret:arn:aws:secretsmanager:us-east-1:1:secret:db-AbCdEf',
    '@ssm:arn:aws:ssm::1:parameter/db',
  ])('refuses %s as of another region', (name) => {
    expect(readSecretName(name, 'eu-west-1')).toMatchObject({ kind: 'unusable', code: 'LF_REGION_FOREIGN' });
  });

  it.each([
    '@ssm:',
    '@ssm:/a b',
    '@ssm:/a?x=1',
    '@secret:',
    '@secret:db#',
    '@secret:d b#x',
    '@ssm:arn:aws:secretsmanager:eu-west-1:1:secret:db',
    '@secret:arn:aws:s3:::bucket',
    '@ssm:arn:aws:ssm:eu-west-1:1:parameter/a\nb',
  ])('refuses %j as no name', (name) => {
    expect(readSecretName(name, 'eu-west-1')).toMatchObject({ kind: 'unusable', code: 'LF_SECRET_INVALID' });
  });
});

describe('placeholderSecrets', () => {
  it('shows [secret] for every name that could be one', () => {
    const lookUp = placeholderSecrets('eu-west-1');
    expect(lookUp('@secret:db#password')).toEqual({ kind: 'value', text: '[secret]', version: '' });
    expect(lookUp('@ssm:arn:aws:ssm:us-east-1:1:parameter/db')).toMatchObject({ code: 'LF_REGION_FOREIGN' });
  });
});

import { describe, expect, it } from 'vitest';
import { environmentCredentials } from '#agent/aws/environment-credentials.ts';
import { instanceCredentials } from '#agent/aws/instance-credentials.ts';
import { fail, ok } from '#kit/outcome.ts';
import { valueOf } from '../support/pinned.ts';

const PATH = 'latest/meta-data/iam/security-credentials/';

// EC2 User Guide, "Retrieve security credentials from instance metadata", example.
const DOCUMENT = {
  Code: 'Success',
  LastUpdated: '2012-04-26T16:39:16Z',
  Type: 'AWS-HMAC',
  AccessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  SecretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  Token: 'token',
  Expiration: '2017-05-17T15:09:54Z',
};

function metadata(items: Record<string, string>) {
  return (path: string) => Promise.resolve(ok(items[path]));
}

function withDocument(document: unknown) {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return instanceCredentials(metadata({ [PATH]: 'web-role\n', [`${PATH}web-role`]: text }));
}

describe('instanceCredentials', () => {
  it('reads the role, then its credentials', async () => {
    expect(valueOf(await withDocument(DOCUMENT)())).toEqual({
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      sessionToken: 'token',
      expiration: Date.UTC(2017, 4, 17, 15, 9, 54),
    });
  });

  it.each([
    ['there is no profile', metadata({})],
    ['the listing is empty', metadata({ [PATH]: '\n' })],
    ['the role went away between the two reads', metadata({ [PATH]: 'web-role' })],
  ])('asks for an instance profile when %s', async (_, read) => {
    expect(await instanceCredentials(read)()).toMatchObject({
      kind: 'retry',
      fault: {
        code: 'LF_CREDENTIALS',
        cause: 'the instance has no role',
        hint: expect.stringContaining('Attach'),
      },
    });
  });

  it('passes on why the metadata service did not answer', async () => {
    const fault = {
      code: 'LF_IMDS_UNREACHABLE',
      operation: 'read',
      subject: 'x',
      cause: 'hop limit?',
      hint: 'raise it',
    } as const;
    const unreachable = () => Promise.resolve(fail(fault));
    expect(await instanceCredentials(unreachable)()).toMatchObject({
      kind: 'retry',
      fault: { code: 'LF_CREDENTIALS', cause: 'hop limit?', hint: 'raise it' },
    });
  });

  it('names a role that cannot be assumed', async () => {
    expect(await withDocument({ Code: 'AssumeRoleUnauthorizedAccess' })()).toMatchObject({
      fault: { cause: expect.stringContaining('AssumeRole'), hint: expect.stringContaining('trust policy') },
    });
  });

  it.each(['', 'null', '<html>', { ...DOCUMENT, Token: undefined }, { ...DOCUMENT, Expiration: 'soon' }])(
    'does not take %j for credentials',
    async (document) => {
      expect(await withDocument(document)()).toMatchObject({
        kind: 'retry',
        fault: { code: 'LF_CREDENTIALS' },
      });
    },
  );
});

describe('environmentCredentials', () => {
  it('takes the three variables', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's' };
    expect(valueOf(await environmentCredentials(env)())).toEqual({ accessKeyId: 'a', secretAccessKey: 's' });
    const session = { ...env, AWS_SESSION_TOKEN: 't' };
    expect(valueOf(await environmentCredentials(session)()).sessionToken).toBe('t');
  });

  it('fails for good without keys, whatever profile is named', async () => {
    expect(await environmentCredentials({ AWS_PROFILE: 'default', AWS_ACCESS_KEY_ID: 'a' })()).toMatchObject({
      kind: 'fail',
      fault: { code: 'LF_CREDENTIALS', hint: expect.stringContaining('AWS_SECRET_ACCESS_KEY') },
    });
  });
});

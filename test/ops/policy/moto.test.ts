import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PolicyDocument } from '#scripts/ops/policy/grant.ts';
import { motoBackend } from '../../contract/backend.ts';
import { callsAt } from '../../support/aws-calls.ts';
import { daemonBench } from '../../support/daemon-bench.ts';
import { MOTO_IS_MISSING, startMoto, type Moto } from '../../support/moto.ts';
import { describeUnless } from '../../support/unless.ts';
import { elapse } from '../../support/patience.ts';
import { PLAIN, printedPolicy, releasedObjects } from './permitted-instance.ts';

const SOURCE = 'config-eu-west-1';
const FILES = { ...PLAIN, 'base/app.properties': 'token = ${@ssm:/shared/token}\n' };

const moto: Moto | undefined = await startMoto();
afterAll(() => moto?.stop());

/** Without a look at permissions, as long as nobody asked for one. */
async function iam(fields: Readonly<Record<string, string>>): Promise<string> {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=AKIAADMIN/20261121/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0';
  const body = new URLSearchParams({ Version: '2010-05-08', ...fields });
  const response = await fetch(moto?.url ?? '', { method: 'POST', headers: { authorization }, body });
  return response.text();
}

/** From how many requests on it looks at permissions. */
const judge = (from: string) => fetch(`${moto?.url}/moto-api/reset-auth`, { method: 'POST', body: from });

/**
 * moto judges what S3 is asked for by action and resource, and all others by action alone, taking every resource to be `*`
 * (its iam/access_control.py): so what is not S3's is allowed on `*` here. It knows no conditions but StringEquals, and to it a
 * question mark is that of a regular expression. Signatures of requests with an encoded query it takes for wrong: no lists.
 */
function asMotoReads({ Version, Statement }: PolicyDocument): PolicyDocument {
  return {
    Version,
    Statement: Statement.map((one) =>
      one.Action.every((action) => action.startsWith('s3:'))
        ? { ...one, Resource: one.Resource.map((arn) => arn.replace(/\?+/, '*')) }
        : { ...one, Resource: ['*'] },
    ),
  };
}

describeUnless(moto ? undefined : MOTO_IS_MISSING, 'moto, which judges by IAM', () => {
  let printed: PolicyDocument;
  let key: { readonly id: string; readonly secret: string };

  beforeAll(async () => {
    const backend = motoBackend(moto as Moto);
    const s3 = backend.s3('eu-west-1');
    const LocationConstraint = 'eu-west-1';
    await s3.send(
      new CreateBucketCommand({ Bucket: SOURCE, CreateBucketConfiguration: { LocationConstraint } }),
    );
    for (const [name, Body] of releasedObjects(FILES))
      await s3.send(new PutObjectCommand({ Bucket: SOURCE, Key: `payroll/${name}`, Body }));
    const aws = callsAt(new URL(moto?.url ?? ''));
    const { signal } = new AbortController();
    const parameter = { Name: '/shared/token', Value: 'hush', Type: 'SecureString' };
    await aws.json('ssm', 'AmazonSSM.PutParameter', parameter, { signal });
    await iam({ Action: 'CreateUser', UserName: 'instance' });
    const made = await iam({ Action: 'CreateAccessKey', UserName: 'instance' });
    const [id = '', secret = ''] = ['AccessKeyId', 'SecretAccessKey'].map(
      (name) => new RegExp(`<${name}>([^<]+)<`).exec(made)?.[1] ?? '',
    );
    key = { id, secret };
    printed = await printedPolicy(FILES, 'release', []);
  });

  async function boot(policy: PolicyDocument): Promise<string> {
    await judge('inf');
    const PolicyDocument = JSON.stringify(asMotoReads(policy));
    await iam({ Action: 'PutUserPolicy', UserName: 'instance', PolicyName: 'printed', PolicyDocument });
    const bench = await daemonBench();
    const env = {
      AWS_EC2_METADATA_SERVICE_ENDPOINT: bench.instance.imdsUrl,
      AWS_ENDPOINT_URL: moto?.url ?? '',
      AWS_ACCESS_KEY_ID: key.id,
      AWS_SECRET_ACCESS_KEY: key.secret,
    };
    await judge('0');
    const daemon = await bench.daemon({
      host: { env },
      flags: { layout: 'release', credentials: 'environment' },
    });
    const failure = (): unknown => (daemon.status()['source'] as { readonly failure: unknown }).failure;
    while (daemon.status()['ready'] !== true && failure() === null) await bench.clock.advance(1);
    await judge('inf');
    const said = JSON.stringify(failure());
    await elapse(bench.clock, daemon.close(1000));
    return said;
  }

  it('lets an instance be ready with what is printed', async () => {
    expect(await boot(printed)).toBe('null');
  });

  it.each([
    [
      'ReadOwnLayers',
      'LF_SOURCE_DENIED',
      'Allow the role s3:GetObject on arn:aws:s3:::config-eu-west-1/payroll/',
    ],
    [
      'ReadParameters',
      'LF_SECRET_DENIED',
      'Allow the role ssm:GetParameters on arn:aws:ssm:eu-west-1:1234567890',
    ],
  ])('without %s it says %s and what to allow', async (sid, code, hint) => {
    const said = await boot({ ...printed, Statement: printed.Statement.filter(({ Sid }) => Sid !== sid) });
    expect(said).toContain(code);
    expect(said).toContain(hint);
  });
});

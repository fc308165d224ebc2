import { describe, expect, it } from 'vitest';
import { detoursOf, refuseForeignDetours } from '#agent/aws/detours.ts';
import { regionsNamedBy } from '#config-service';
import { PIN } from '../support/pinned.ts';

const detours = (env: Record<string, string>) => detoursOf(env, regionsNamedBy);
const verdict = (env: Record<string, string>) => {
  const outcome = refuseForeignDetours(detours(env), { ...PIN, region: 'eu-west-1' });
  return outcome.kind === 'ok' ? 'ok' : outcome.fault;
};
const plain = (env: Record<string, string>) => detours(env).map((detour) => detour.plain);
const FOREIGN = 'internal-squid-1.us-east-1.elb.amazonaws.com';

describe('a variable that leads requests elsewhere', () => {
  it.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'])(
    '%s of another region is refused',
    (name) => {
      expect(verdict({ [name]: `http://user:hunter2@${FOREIGN}:3128`, NO_PROXY: '*' })).toMatchObject({
        code: 'LF_ENDPOINT_FOREIGN',
        subject: name,
        cause: `http://${FOREIGN}:3128 is in us-east-1, this instance is in eu-west-1`,
      });
    },
  );

  it('is refused without a scheme as well, and as the address of the metadata service', () => {
    expect(verdict({ HTTPS_PROXY: `${FOREIGN}:3128` })).toMatchObject({ code: 'LF_ENDPOINT_FOREIGN' });
    const AWS_EC2_METADATA_SERVICE_ENDPOINT = 'http://imds.us-east-1.amazonaws.com';
    expect(verdict({ AWS_EC2_METADATA_SERVICE_ENDPOINT })).toMatchObject({ code: 'LF_ENDPOINT_FOREIGN' });
  });

  it.each([
    'http://squid.eu-west-1.elb.amazonaws.com:3128',
    'http://10.0.0.5:3128',
    'http://proxy.corp.example',
  ])('at home or nowhere is fine: %s', (HTTPS_PROXY) => {
    expect(verdict({ HTTPS_PROXY })).toBe('ok');
  });

  it('is named with its host, never with user, password, path or query', () => {
    const env = {
      HTTPS_PROXY: 'http://user:hunter2@10.0.0.5:3128/path?token=hunter2',
      AWS_ENDPOINT_URL_S3: 'https://u:hunter2@s3.corp.example/hunter2',
      PATH: '/bin',
    };
    expect(detours(env).map(({ variable, address }) => `${variable} ${address}`)).toEqual([
      'AWS_ENDPOINT_URL_S3 https://s3.corp.example',
      'HTTPS_PROXY http://10.0.0.5:3128',
    ]);
    expect(JSON.stringify(detours({ ...env, http_proxy: '::hunter2::' }))).not.toContain('hunter2');
  });

  it('is in the clear over http to another host, but for a proxy and the link-local metadata service', () => {
    expect(plain({ AWS_ENDPOINT_URL: 'http://10.0.0.5:9000' })).toEqual([true]);
    expect(plain({ AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://10.0.0.5' })).toEqual([true]);
    for (const address of [
      'http://127.0.0.1:9000',
      'http://[::1]:9000',
      'http://localhost:1',
      'https://10.0.0.5',
    ])
      expect([address, plain({ AWS_ENDPOINT_URL: address })]).toEqual([address, [false]]);
    expect(plain({ AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://169.254.169.254' })).toEqual([false]);
    expect(plain({ HTTPS_PROXY: 'http://10.0.0.5:3128' })).toEqual([false]);
  });
});

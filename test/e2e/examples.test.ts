import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const OPS = resolve('dist/landfall-ops');
const REGIONS = ['eu-west-1', 'us-east-1'] as const;

/** What an instance in production is served, by example and role: some keys, with REGION for the region. */
const SERVED: Readonly<Record<string, { readonly role: string; readonly some: Record<string, unknown> }>> = {
  'cfn-init': {
    role: 'web',
    some: { 'app.name': 'payroll', site: 'http://i-00000000000000000.REGION.example.com' },
  },
  chef: {
    role: 'worker',
    some: {
      'chef.runList': ['role[base]', 'role[worker]'],
      'chef.server': 'https://chef.REGION.example.com/organizations/acme',
    },
  },
  payroll: {
    role: 'frontend',
    some: {
      'nginx.upstreams': ['127.0.0.1:8081', '127.0.0.1:8082'],
      'env.PAYSLIPS_QUEUE': 'https://sqs.REGION.amazonaws.com/123456789012/payslips-prod',
      'env.MAIL_ENDPOINT': 'email-smtp.REGION.amazonaws.com',
    },
  },
  stores: {
    role: 'web',
    some: { 'db.pool.size': '4', 'web.threads': '16', 'mail.sender': 'payroll@example.com' },
  },
  worker: {
    role: 'worker',
    some: {
      'worker.queue.url': 'https://sqs.REGION.amazonaws.com/123456789012/payslips-prod',
      'worker.log.level': 'WARN',
      'runtime.JAVA_TOOL_OPTIONS': '-Xmx2g',
    },
  },
};

/**
 * Driven by `test/e2e/clients.test.ts`, `test/daemon/peers.test.ts`, `test/daemon/host-names.test.ts`, `test/ops/infrastructure.test.ts`; what is in
 * `images` is for programs that cannot be had here.
 */
const ELSEWHERE = ['clients', 'hosts', 'images', 'infrastructure', 'peers'];

/** @throws with what it printed when it does not exit with 0. */
async function ops(
  ...args: readonly string[]
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const env = { PATH: '/usr/bin:/bin', AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9' };
  return promisify(execFile)(OPS, args, { env });
}

it('each folder below examples/ is one that is tested here', () => {
  expect(readdirSync('examples').toSorted()).toEqual([...Object.keys(SERVED), ...ELSEWHERE].toSorted());
});

describe.each(Object.entries(SERVED))('examples/%s', (example, { role, some }) => {
  const folder = `examples/${example}`;

  it('has no error and no warning in either region', async () => {
    const { stdout, stderr } = await ops('lint', folder, '--regions', REGIONS.join(','));
    expect({ stdout, stderr }).toEqual({
      stdout: expect.stringMatching(
        new RegExp(`^ok: ${folder}, \\d+ kinds of instances, eu-west-1, us-east-1\n$`),
      ),
      stderr: '',
    });
  });

  it.each(REGIONS)('shows what an instance in %s is served', async (region) => {
    const what = ['--region', region, '--role', role, '--environment', 'prod', '--format', 'json'];
    const { properties } = JSON.parse((await ops('preview', folder, ...what)).stdout) as {
      properties: object;
    };
    expect(properties).toMatchObject(JSON.parse(JSON.stringify(some).replaceAll('REGION', region)) as object);
  });
});

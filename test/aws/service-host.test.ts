import { readFileSync } from 'node:fs';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import { RDSClient } from '@aws-sdk/client-rds';
import { S3Client } from '@aws-sdk/client-s3';
import { SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { findEndpoints, knownRegions, regionsNamedBy } from '#config-service';
import { resolveEndpoint, type OperatorService } from '#agent/aws/endpoint.ts';
import { pinOf } from '#scripts/ops/site/regional-s3.ts';

const BOTH = [false, true];
const FLAGS = BOTH.flatMap((fips) => BOTH.map((dualStack) => ({ fips, dualStack })));
const region = 'eu-west-1';

/** What a client would call with nothing but a region and the two flags. */
type Rules = (region: string, flags: (typeof FLAGS)[number]) => string | undefined;

const INSTALLED: Readonly<Partial<Record<OperatorService, Rules>>> = {
  autoscaling: rulesOf(new AutoScalingClient({ region }).config.endpointProvider),
  ec2: rulesOf(new EC2Client({ region }).config.endpointProvider),
  rds: rulesOf(new RDSClient({ region }).config.endpointProvider),
  s3: rulesOf(new S3Client({ region }).config.endpointProvider),
  ssm: rulesOf(new SSMClient({ region }).config.endpointProvider),
};

/** service, region, FIPS, dual-stack, both: printed by the clients that the first line of the file names. */
const PRINTED = readFileSync(new URL('fixtures/service-hosts.tsv', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split('\t') as [OperatorService, string, string, string, string]);

describe('serviceHost', () => {
  it.each(Object.keys(INSTALLED) as OperatorService[])(
    'gives in every region and for every combination the host that the rules of the SDK give for %s',
    (service) => {
      for (const { region: name } of knownRegions()) {
        for (const flags of FLAGS) {
          expect([name, flags, hostFor(service, name, flags)]).toEqual([
            name,
            flags,
            INSTALLED[service]?.(name, flags),
          ]);
        }
      }
    },
  );

  it.each(PRINTED)('gives what the client of %s gives in %s', (service, name, fips, dualStack, both) => {
    const hosts = [
      hostFor(service, name, { fips: true, dualStack: false }),
      hostFor(service, name, { fips: false, dualStack: true }),
      hostFor(service, name, { fips: true, dualStack: true }),
    ];
    expect(hosts).toEqual([fips, dualStack, both]);
  });

  it('gives hosts of which the detector knows the region, and a foreign one for certain', () => {
    for (const { region: name } of knownRegions()) {
      for (const service of ['s3', 'ec2', 'ssm', 'secretsmanager'] as const) {
        for (const host of FLAGS.flatMap((flags) => hostFor(service, name, flags) ?? [])) {
          const found = findEndpoints(`https://${host}/a`).map(({ severity, kind }) => `${severity} ${kind}`);
          expect([host, regionsNamedBy(host), found]).toEqual([host, [name], ['error host']]);
        }
      }
    }
  });
});

function hostFor(
  service: OperatorService,
  name: string,
  { fips, dualStack }: (typeof FLAGS)[number],
): string | undefined {
  const env = { AWS_USE_FIPS_ENDPOINT: String(fips), AWS_USE_DUALSTACK_ENDPOINT: String(dualStack) };
  const resolved = resolveEndpoint(service, pinOf(name), env, regionsNamedBy);
  return resolved.kind === 'ok' ? resolved.value.url.host : undefined;
}

function rulesOf(
  provider: (parameters: { Region: string; UseFIPS: boolean; UseDualStack: boolean }) => { url: URL },
): Rules {
  return (name, { fips, dualStack }) => {
    try {
      return provider({ Region: name, UseFIPS: fips, UseDualStack: dualStack }).url.host;
    } catch {
      // Of a partition without such hosts.
      return undefined;
    }
  };
}

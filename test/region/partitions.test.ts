import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderPartitionTable } from '#scripts/build/partition-table.ts';
import { PARTITION_TABLE } from '../../config-service/region/tables/partition-table.ts';
import { knownRegions, regionFacts } from '../../config-service/region/tables/partitions.ts';

describe('the partition table', () => {
  test('is what the installed SDK says today', async () => {
    const file = new URL('../../config-service/region/tables/partition-table.ts', import.meta.url);
    expect(readFileSync(file, 'utf8')).toBe(await renderPartitionTable());
  });

  test('has 48 regions in 8 partitions, each with both DNS suffixes', () => {
    expect(PARTITION_TABLE.map(({ id }) => id)).toEqual([
      'aws',
      'aws-cn',
      'aws-eusc',
      'aws-iso',
      'aws-iso-b',
      'aws-iso-e',
      'aws-iso-f',
      'aws-us-gov',
    ]);
    expect(new Set(knownRegions().map(({ region }) => region)).size).toBe(48);
    expect(knownRegions().every((facts) => facts.dnsSuffix && facts.dualStackDnsSuffix)).toBe(true);
  });

  test('gives each region a name that its own partition allows and no other does', () => {
    for (const { region, partition } of knownRegions()) {
      const allowing = PARTITION_TABLE.filter(({ regionRegex }) => regionRegex.test(region));
      expect(allowing.map(({ id }) => id)).toEqual([partition]);
    }
  });
});

describe('the facts of a region', () => {
  test.each([
    ['us-east-1', 'aws', 'amazonaws.com', 'api.aws'],
    ['cn-northwest-1', 'aws-cn', 'amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
    ['us-gov-west-1', 'aws-us-gov', 'amazonaws.com', 'api.aws'],
    ['eusc-de-east-1', 'aws-eusc', 'amazonaws.eu', 'api.amazonwebservices.eu'],
    ['us-iso-east-1', 'aws-iso', 'c2s.ic.gov', 'api.aws.ic.gov'],
    ['us-isob-east-1', 'aws-iso-b', 'sc2s.sgov.gov', 'api.aws.scloud'],
    ['eu-isoe-west-1', 'aws-iso-e', 'cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk'],
    ['us-isof-south-1', 'aws-iso-f', 'csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
  ])('%s is known', (region, partition, dnsSuffix, dualStackDnsSuffix) => {
    expect(regionFacts(region)).toEqual({ region, partition, dnsSuffix, dualStackDnsSuffix, known: true });
  });

  test.each([
    ['ap-foo-9', 'aws'],
    ['us-gov-north-1', 'aws-us-gov'],
    ['cn-south-12', 'aws-cn'],
    ['us-iso-south-1', 'aws-iso'],
    ['nz-north-1', 'aws'],
    ['eusc-fr-west-1', 'aws-eusc'],
  ])('%s is well-formed and unknown, in %s', (region, partition) => {
    expect(regionFacts(region)).toMatchObject({ region, partition, known: false });
  });

  test.each([
    '',
    'xx',
    'us-east',
    'us-east-1a',
    'us-east-1\n',
    ' us-east-1',
    'US-EAST-1',
    'us-FOO-1',
    'us-foo_bar-1',
    'aws-global',
    'aws-us-gov-global',
    'us-west-2-lax-1',
    'xxx-east-1',
    'us-isoz-east-1',
    'eu-west-1.evil.example',
    'constructor',
    '__proto__',
  ])('%j is no region', (name) => {
    expect(regionFacts(name)).toBeUndefined();
  });

  test('are given only for names that can stand in a host name', () => {
    const near = fc.stringMatching(/^(us|eu|cn|us-gov|eusc-de)-[\w.\- ]{0,8}-\d{0,3}$/);
    fc.assert(
      fc.property(fc.oneof(near, fc.string()), (name) => {
        const facts = regionFacts(name);
        expect(facts === undefined || /^[a-z0-9]+(-[a-z0-9]+)+$/.test(facts.region)).toBe(true);
      }),
    );
  });
});

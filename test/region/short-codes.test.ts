import { expect, test } from 'vitest';
import { knownRegions } from '../../config-service/region/tables/partitions.ts';
import { REGION_OF_SHORT_CODE, shortCode } from '../../config-service/region/tables/short-codes.ts';

// As the AWS table of zone ids gives them.
test.each([
  ['us-east-1', 'use1'],
  ['ap-south-1', 'aps1'],
  ['ap-southeast-1', 'apse1'],
  ['ap-northeast-3', 'apne3'],
  ['ca-central-1', 'cac1'],
  ['cn-northwest-1', 'cnnw1'],
  ['us-gov-west-1', 'usgw1'],
  ['us-gov-east-1', 'usge1'],
  ['sa-east-1', 'sae1'],
  ['il-central-1', 'ilc1'],
])('%s is %s for short', (region, code) => {
  expect(shortCode(region)).toBe(code);
  expect(REGION_OF_SHORT_CODE.get(code)).toBe(region);
});

test('no two regions share a code', () => {
  expect(REGION_OF_SHORT_CODE.size).toBe(knownRegions().length);
});

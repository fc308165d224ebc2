import { describe, expect, it } from 'vitest';
import {
  compareStamps,
  describeStamp,
  printStamp,
  readStamp,
} from '../../config-service/store/stamp/stamp.ts';
import { HERE } from '../support/sealing.ts';

describe('a stamp', () => {
  it.each([
    [{}, 'same'],
    [{ instanceId: 'i-other' }, 'other-instance'],
    [{ imageId: 'ami-other' }, 'other-instance'],
    [{ region: 'us-east-1' }, 'foreign'],
    [{ account: '444455556666' }, 'foreign'],
    [{ partition: 'aws-cn' }, 'foreign'],
    [{ region: 'us-east-1', instanceId: 'i-other' }, 'foreign'],
  ])('that differs by %j is %s', (difference, kinship) => {
    expect(compareStamps({ ...HERE, ...difference }, HERE)).toBe(kinship);
  });

  it('prints one text whatever the order of its fields, and reads back', () => {
    const { format, ...rest } = HERE;
    const reordered = { ...Object.fromEntries(Object.entries(rest).toReversed()), format, extra: 1 };
    expect(readStamp(reordered)).toEqual(HERE);
    expect(printStamp(readStamp(reordered) ?? HERE)).toBe(printStamp(HERE));
    expect(readStamp(JSON.parse(printStamp(HERE)))).toEqual(HERE);
  });

  it.each([
    undefined,
    null,
    'x',
    [],
    {},
    { ...HERE, format: 2 },
    { ...HERE, region: '' },
    { ...HERE, account: 1 },
  ])('is not read from %j', (value) => {
    expect(readStamp(value)).toBeUndefined();
  });

  it('is described by instance, region and account', () => {
    expect(describeStamp(HERE)).toBe('i-0abc in eu-west-1 (account 111122223333)');
  });
});

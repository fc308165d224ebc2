import { describe, expect, it } from 'vitest';
import { readXml } from '#agent/aws/xml.ts';
import { fieldOf, itemsOf } from '#agent/claims/ec2/xml-items.ts';

const ANSWER = `<?xml version="1.0" encoding="UTF-8"?>
<DescribeAddressesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>1</requestId>
  <addressesSet>
    <item><tagSet><item><key>allocationId</key><value>a &amp; b</value></item></tagSet><allocationId> one
    </allocationId><empty/></item>
    <item><allocationId>two</allocationId><associationId></associationId></item>
  </addressesSet>
</DescribeAddressesResponse>`;

function answer() {
  const read = readXml(ANSWER, ['DescribeAddressesResponse']);
  if (typeof read === 'string') throw new Error(read);
  return read;
}

describe('items of an EC2 answer', () => {
  it('are told apart from the items that they hold', () => {
    const items = itemsOf(answer(), 'addressesSet');
    expect(items.map((item) => fieldOf(item, 'allocationId'))).toEqual(['one', 'two']);
    expect(itemsOf(items[0], 'tagSet').map((tag) => fieldOf(tag, 'value'))).toEqual(['a & b']);
  });

  it('have no field that is only in an item below, and an empty one where it is empty', () => {
    const fields = itemsOf(answer(), 'addressesSet').map((item) =>
      ['value', 'empty', 'associationId'].map((name) => fieldOf(item, name)),
    );
    expect(fields).toEqual([
      [undefined, '', undefined],
      [undefined, undefined, ''],
    ]);
  });

  it('are none where the list is missing', () => {
    expect(itemsOf(answer(), 'volumeSet')).toEqual([]);
    expect(itemsOf(undefined, 'volumeSet')).toEqual([]);
  });
});

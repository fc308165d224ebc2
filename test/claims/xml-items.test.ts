import { describe, expect, it } from 'vitest';
import { contentOf, itemsOf } from '#agent/claims/xml-items.ts';

const ANSWER = `<?xml version="1.0" encoding="UTF-8"?>
<DescribeAddressesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>1</requestId>
  <addressesSet>
    <item><tagSet><item><key>allocationId</key><value>a &amp; b</value></item></tagSet><allocationId>one</allocationId><empty/></item>
    <item><allocationId>two</allocationId><associationId></associationId></item>
  </addressesSet>
</DescribeAddressesResponse>`;

describe('items of an EC2 answer', () => {
  it('are told apart from the items that they hold', () => {
    const items = itemsOf(contentOf(ANSWER), 'addressesSet');
    expect(items.map((item) => item.field('allocationId'))).toEqual(['one', 'two']);
    expect(items[0]?.items('tagSet').map((tag) => tag.field('value'))).toEqual(['a & b']);
  });

  it('have no field that is only in an item below, and an empty one where it is empty', () => {
    const [first, second] = itemsOf(contentOf(ANSWER), 'addressesSet');
    expect(first?.field('value')).toBeUndefined();
    expect(first?.field('empty')).toBe('');
    expect(second?.field('associationId')).toBe('');
  });

  it('are none where the list is missing or empty', () => {
    expect(itemsOf(contentOf(ANSWER), 'volumeSet')).toEqual([]);
    expect(itemsOf('<volumeSet/>', 'volumeSet')).toEqual([]);
  });
});

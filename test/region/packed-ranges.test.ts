import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseIpRanges } from '../../config-service/region/detect/ip-ranges.ts';
import { printPackedRanges } from '../../config-service/region/detect/packed-ranges.ts';
import { valueOf } from '../support/fetching.ts';

/** As AWS published it on 2026-08-22, a few networks of it. */
const TEXT = readFileSync(new URL('../region/fixtures/ip-ranges.json', import.meta.url), 'utf8');
const PUBLISHED = valueOf(parseIpRanges(TEXT, 'x'));
const PACKED = printPackedRanges(PUBLISHED.sheet);

describe('a packed table of address ranges', () => {
  it('says of each address what the published one says, and is packed to the same text', () => {
    const table = valueOf(parseIpRanges(PACKED, 'x'));
    const { regionOf } = table;
    expect(
      ['52.94.133.131', '52.94.136.0', '3.4.12.4', '2600:1f14::1', '8.8.8.8', 'none'].map(regionOf),
    ).toEqual(['us-east-1', null, 'eu-west-1', 'us-west-2', null, null]);
    expect([table.createdAt, table.prefixes]).toEqual(['2026-08-22T15:17:05Z', 21]);
    expect(printPackedRanges(table.sheet)).toBe(PACKED);
  });

  it('says whose service an address is, where AWS tells it apart', () => {
    const { ownerOfV4, ownerOfV6 } = valueOf(parseIpRanges(PACKED, 'x'));
    const v4 = (a: number, b: number, c: number, d: number) =>
      ownerOfV4(a * 2 ** 24 + b * 65536 + c * 256 + d);
    expect([
      v4(3, 5, 140, 2),
      v4(52, 94, 133, 131),
      v4(35, 180, 0, 1),
      v4(13, 248, 118, 9),
      v4(8, 8, 8, 8),
    ]).toEqual([
      { region: 'ap-northeast-2', service: 'S3' },
      { region: 'us-east-1', service: 'AMAZON' },
      { region: 'eu-west-3', service: 'EC2' },
      { region: 'eu-west-1', service: 'GLOBALACCELERATOR' },
      undefined,
    ]);
    expect(ownerOfV6(0x2600_1f14, 1)).toEqual({ region: 'us-west-2', service: 'EC2' });
  });

  it('stays below 100 KiB with as many networks as AWS has, twice over', () => {
    const places = ['us-east-1', 'eu-west-1', 'ap-southeast-2', 'sa-east-1', 'GLOBAL'];
    // Spread evenly, so that hardly two of them lie beside each other.
    const networks = Array.from({ length: 20_000 }, (_, index) => {
      const start = (index * 2_654_435_761) % 2 ** 32;
      const octets = [24, 16, 8].map((shift) => Math.floor(start / 2 ** shift) % 256);
      return {
        ip_prefix: `${octets.join('.')}.0/24`,
        region: places[index % 5],
        service: index % 3 === 0 ? 'EC2' : 'AMAZON',
      };
    });
    const document = { createDate: '2026-08-22-15-17-05', prefixes: networks, ipv6_prefixes: [] };
    const { sheet } = valueOf(parseIpRanges(JSON.stringify(document), 'x'));
    expect(gzipSync(printPackedRanges(sheet)).length).toBeLessThan(100 * 1024);
  });

  it.each([
    ['half of it', PACKED.slice(0, PACKED.length / 2)],
    ['an owner that nobody is', PACKED.replace(/"owners":\[[^\]]*\]/, '"owners":["us-east-1 EC2"]')],
    ['a region that is none', PACKED.replace('"us-west-2 ', '"$(reboot) ')],
    ['stretches that go back', PACKED.replace(/"v4":"[^"]*"/, '"v4":"BQEAAQ=="')],
    ['a stretch that is cut', PACKED.replace(/"v4":"[^"]*"/, '"v4":"BYE="')],
    ['no stretch', PACKED.replace(/"v4":"[^"]*"/, '"v4":""')],
    ['no date', PACKED.replace('2026-08-22-15-17-05', 'today')],
    ['a format of the future', PACKED.replace('ip-ranges 1', 'ip-ranges 2')],
  ])('is refused whole: %s', (_, text) => {
    expect(parseIpRanges(text, '/x')).toMatchObject({
      kind: 'fail',
      fault: { code: 'LF_IP_RANGES', subject: '/x' },
    });
  });
});

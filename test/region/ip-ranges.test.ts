import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseIpRanges } from '../../config-service/region/detect/ip-ranges.ts';
import { valueOf } from '../support/fetching.ts';

/** As AWS published it on 2026-08-22, a few networks of it. */
const TEXT = readFileSync(new URL('fixtures/ip-ranges.json', import.meta.url), 'utf8');

const tableOf = (...prefixes: readonly [prefix: string, region: string, service?: string][]) =>
  valueOf(
    parseIpRanges(
      JSON.stringify({
        createDate: '2026-08-22-15-17-05',
        prefixes: prefixes.map(([ip_prefix, region, service = 'AMAZON']) => ({ ip_prefix, region, service })),
        ipv6_prefixes: [],
      }),
      'x',
    ),
  );

describe('the table of address ranges', () => {
  test.each([
    ['52.94.133.131', 'us-east-1'],
    ['52.94.131.255', null],
    ['52.94.132.0', 'us-east-1'],
    ['52.94.135.255', 'us-east-1'],
    ['52.94.136.0', null],
    ['3.4.12.4', 'eu-west-1'],
    ['3.4.12.5', null],
    ['3.5.140.2', 'ap-northeast-2'],
    ['2600:1f14::1', 'us-west-2'],
    ['2a05:d018::5', 'eu-west-1'],
    ['2a05:e018::5', null],
    ['8.8.8.8', null],
    ['0.0.0.0', null],
    ['255.255.255.255', null],
    ['no address', null],
  ])('%s is of %s', (address, region) => {
    expect(valueOf(parseIpRanges(TEXT, 'x')).regionOf(address)).toBe(region);
  });

  test('says when AWS dated it, and how many networks it took', () => {
    expect(valueOf(parseIpRanges(TEXT, 'x'))).toMatchObject({
      createdAt: '2026-08-22T15:17:05Z',
      prefixes: 21,
    });
  });

  test('gives the longest prefix, whatever the order, up to both ends', () => {
    const { regionOf } = tableOf(
      ['52.0.1.0/25', 'eu-west-1'],
      ['52.0.0.0/16', 'us-east-1'],
      ['52.0.1.0/24', 'us-west-2'],
      ['52.0.1.64/26', 'GLOBAL'],
      ['0.0.0.0/32', 'sa-east-1'],
      ['255.255.255.255/32', 'ca-central-1'],
    );
    expect(
      [
        '52.0.0.255',
        '52.0.1.0',
        '52.0.1.63',
        '52.0.1.64',
        '52.0.1.127',
        '52.0.1.128',
        '52.0.2.0',
        '52.1.0.0',
      ].map(regionOf),
    ).toEqual(['us-east-1', 'eu-west-1', 'eu-west-1', null, null, 'us-west-2', 'us-east-1', null]);
    expect(['0.0.0.0', '0.0.0.1', '255.255.255.254', '255.255.255.255'].map(regionOf)).toEqual([
      'sa-east-1',
      null,
      null,
      'ca-central-1',
    ]);
  });

  test('takes EC2 at its word where AMAZON says something else, and no other service at all', () => {
    const { regionOf } = tableOf(
      ['52.0.0.0/16', 'us-east-1', 'EC2'],
      ['52.0.0.0/16', 'us-west-2', 'AMAZON'],
      ['54.0.0.0/16', 'us-west-2', 'CLOUDFRONT'],
    );
    expect(['52.0.0.1', '54.0.0.1'].map(regionOf)).toEqual(['us-east-1', null]);
  });

  test('knows regions that this build does not', () => {
    expect(tableOf(['52.0.0.0/16', 'us-north-7']).regionOf('52.0.3.4')).toBe('us-north-7');
  });

  test.each([
    ['half of it', TEXT.slice(0, TEXT.length / 2)],
    ['nothing', ''],
    ['a page', '<html>{}</html>'],
    ['other JSON', '{"prefixes":[]}'],
    ['a date that is none', TEXT.replace('2026-08-22-15-17-05', '2026-13-22-15-17-05')],
    ['no date', TEXT.replace('2026-08-22-15-17-05', 'today')],
    ['a network that is none', TEXT.replace('52.94.132.0/22', '52.94.132.0/220')],
    ['a region that is none', TEXT.replace('"region": "us-east-2"', '"region": "$(reboot)"')],
    ['an entry without a region', TEXT.replace('"region": "us-east-2"', '"area": "us-east-2"')],
    ['no network', '{"createDate":"2026-08-22-15-17-05","prefixes":[],"ipv6_prefixes":[]}'],
  ])('refuses %s whole: half a table would call foreign addresses nobody’s', (_, text) => {
    expect(parseIpRanges(text, '/x.json')).toMatchObject({
      kind: 'fail',
      fault: { code: 'LF_IP_RANGES', subject: '/x.json' },
    });
  });
});

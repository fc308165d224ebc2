import { describe, expect, test } from 'vitest';
import { addressFindings } from '../../config-service/region/detect/public-address.ts';

const addressesIn = (text: string, name?: string) =>
  [...addressFindings(text, name === undefined ? {} : { name })].map((finding) => finding.text);

describe('a public address that EC2 may own is of unknown region', () => {
  test.each([
    ['52.94.133.131', '52.94.133.131'],
    ['http://52.1.2.3:8080/x', '52.1.2.3'],
    ['http://52.1.2.3/24', '52.1.2.3'],
    ['jdbc:mysql://u:p@54.1.2.3/db', '54.1.2.3'],
    ['server 52.1.2.3;', '52.1.2.3'],
    ['52.1.2.3/32', '52.1.2.3'],
    ['next=http%3A%2F%2F52.1.2.3%2F', '52.1.2.3'],
    ['[2600:1f14::1]:443', '2600:1f14::1'],
    ['https://[2a05:d018:abc:1::5]/', '2a05:d018:abc:1::5'],
    ['version: 52.1.2.3:443', '52.1.2.3'],
  ])('%s', (text, address) => {
    const [finding] = addressFindings(text);
    expect(finding).toMatchObject({
      region: null,
      kind: 'region-unknown:public-address',
      severity: 'unknown',
    });
    expect(finding?.text).toBe(address);
    expect(text.slice(finding?.start, finding?.end)).toBe(address);
  });

  test.each([
    ['http://0x34010203/', '0x34010203'],
    ['http://u:p@872481283:8080/x', '872481283'],
    ['https://064.1.2.3/', '064.1.2.3'],
    ['https://52.66051', '52.66051'],
    ['https://0x34.1.0x2.03?q', '0x34.1.0x2.03'],
    ['http://[::ffff:3401:203]/', '::ffff:3401:203'],
    ['[::ffff:3401:0203]:443', '::ffff:3401:0203'],
  ])('also one that only programs read as one: %s', (text, written) => {
    expect(addressesIn(text)).toEqual([written]);
    const asked: string[] = [];
    const regionOf = (address: string): string | null => (asked.push(address), 'us-west-2');
    expect([...addressFindings(text, { regionOf })]).toMatchObject([{ region: 'us-west-2', text: written }]);
    expect(asked).toEqual(['52.1.2.3']);
  });

  test.each([
    '872481283',
    'took 0x34010203',
    'http://0x7f000001/',
    'http://2130706433',
    'http://08.1',
    'http://1.2.3.4.5/',
    'http://0x34010203.example.com/',
    'http://872481283-a/',
    'http://4294967296/',
    '::ffff:7f00:1',
    '12::ffff:3401:203',
  ])('but not %s', (text) => expect(addressesIn(text)).toEqual([]));

  test('each of a list', () => {
    expect(addressesIn('52.1.2.3,54.3.2.1 18.1.2.3')).toEqual(['52.1.2.3', '54.3.2.1', '18.1.2.3']);
  });
});

describe('no address, or none of a region', () => {
  test.each([
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '127.0.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '224.0.0.1',
    '192.0.2.1',
    '198.51.100.7',
    '203.0.113.5',
    '8.8.8.8',
    '1.1.1.1',
    '9.9.9.9',
    '2001:db8::1',
    '2001:4860:4860::8888',
    'fd00:ec2::254',
    '1.2.3.4',
    'Chrome/90.0.52.1',
    'app-52.1.2.3.jar',
    'lib52.1.2.3',
    'v52.1.2.3',
    'version: 52.1.2.3',
    'image=nginx tag: 52.1.2.3',
    '52.1.2.0/24',
    '52.1.2.3.nip.io',
    '1.3.6.1.4.1.52.1.2.3',
    '52.01.2.3',
    '52.300.1.1',
    '/opt/app/52.1.2.3/bin',
    '2026:11:29:15',
  ])('%s', (text) => {
    expect(addressesIn(text)).toEqual([]);
  });

  test('a version is one by the name of its key', () => {
    for (const name of ['app.version', 'appVersion', 'image.tag', 'agent_build']) {
      expect([name, addressesIn('52.1.2.3', name)]).toEqual([name, []]);
    }
    for (const name of ['db.host', 'conversion', 'version.url']) {
      expect([name, addressesIn('52.1.2.3', name)]).toEqual([name, ['52.1.2.3']]);
    }
  });
});

const regionOf = (address: string) => (address.startsWith('52.') ? 'us-east-1' : null);

describe('with a table', () => {
  test('it is of the region that the table says, and of none otherwise', () => {
    expect([...addressFindings('52.1.2.3 54.1.2.3', { regionOf })]).toMatchObject([
      { region: 'us-east-1', kind: 'public-address', severity: 'error', text: '52.1.2.3' },
    ]);
  });

  test('private and documentation addresses are not even asked for', () => {
    expect([...addressFindings('10.0.0.1 203.0.113.5 8.8.8.8', { regionOf: () => 'us-east-1' })]).toEqual([]);
  });
});

test('a long text of dots and digits takes no longer than its length', () => {
  for (const text of [
    '1.'.repeat(100_000),
    '52.1.2.3 '.repeat(20_000),
    '2:'.repeat(100_000),
    '2600:'.repeat(50_000),
  ]) {
    const start = performance.now();
    for (const _ of addressFindings(text));
    expect(performance.now() - start).toBeLessThan(5000);
  }
});

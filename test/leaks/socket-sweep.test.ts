import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAddressSieves } from '#agent/leaks/address-sieve.ts';
import { farAddressOf } from '#agent/leaks/far-address.ts';
import { SocketSweep } from '#agent/leaks/socket-sweep.ts';
import { parseIpRanges } from '#config-service';
import { valueOf } from '../support/fetching.ts';

const RANGES = valueOf(
  parseIpRanges(readFileSync(new URL('../region/fixtures/ip-ranges.json', import.meta.url), 'utf8'), 'x'),
);
const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     ';
const ANYBODY = ['0'.repeat(8), '0'.repeat(32)];

/** As the kernel writes them, each word with its lowest byte first. */
function hexOf(address: string): string {
  if (!address.includes(':')) {
    const hex = address.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
    return hex.toReversed().join('').toUpperCase();
  }
  const [head = '', tail = ''] = address.split('::');
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail)].map((group) =>
    group.padStart(4, '0'),
  );
  return (all.join('').match(/.{8}/g) ?? [])
    .map((word) => word.match(/../g)?.toReversed().join(''))
    .join('')
    .toUpperCase();
}

interface Row {
  readonly number?: number;
  readonly port?: number;
  readonly to?: string;
  readonly toPort?: number;
  readonly state?: string;
  readonly inode?: number;
}

function groups(text: string): readonly string[] {
  return text === '' ? [] : text.split(':');
}

function portText(port: number): string {
  return port.toString(16).padStart(4, '0').toUpperCase();
}

function lineOf(
  { port = 40_000, to, toPort = 443, state = '01', inode = 77, number = 0 }: Row,
  digits: 8 | 32,
): string {
  const local = hexOf(digits === 8 ? '10.0.0.5' : '2a05:d018::5');
  const remote =
    to === undefined ? `${digits === 8 ? ANYBODY[0] : ANYBODY[1]}:0000` : `${hexOf(to)}:${portText(toPort)}`;
  return `${String(number).padStart(4)}: ${local}:${portText(port)} ${remote} ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0000000000000000 20 4 30 10 -1`;
}

function tablesOf(tables: Readonly<Record<string, readonly Row[]>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-sockets-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, rows] of Object.entries(tables)) {
    const digits = name.endsWith('6') ? 32 : 8;
    writeFileSync(join(folder, name), [HEAD, ...rows.map((row) => lineOf(row, digits)), ''].join('\n'));
  }
  return folder;
}

const lookAt = (tables: Readonly<Record<string, readonly Row[]>>, home = 'eu-west-1') =>
  new SocketSweep(RANGES, home, tablesOf(tables)).look();

describe('the sockets of a host against the table of address ranges', () => {
  it('are told by address, region and service where they lead to another region, and by nothing else', async () => {
    const sweep = await lookAt({
      tcp: [
        { to: '52.94.133.131', inode: 9 },
        { to: '3.4.12.4' },
        { to: '8.8.8.8' },
        { to: '127.0.0.1' },
        { to: '10.0.0.9' },
      ],
      tcp6: [{ to: '2600:1f14::1' }, { to: '2a05:d018::9' }],
      udp: [{ to: '3.5.140.2', toPort: 53 }],
    });
    const uid = '1000';
    expect(sweep).toEqual({
      sockets: 8,
      inbound: 0,
      isCut: false,
      far: [
        {
          protocol: 'tcp',
          address: '52.94.133.131',
          port: 443,
          region: 'us-east-1',
          service: 'AMAZON',
          uid,
          inode: '9',
        },
        {
          protocol: 'tcp',
          address: '2600:1f14::1',
          port: 443,
          region: 'us-west-2',
          service: 'EC2',
          uid,
          inode: '77',
        },
        {
          protocol: 'udp',
          address: '3.5.140.2',
          port: 53,
          region: 'ap-northeast-2',
          service: 'S3',
          uid,
          inode: '77',
        },
      ],
    });
  });

  it.each(['::ffff:345e:8583', '64:ff9b::345e:8583'])('are seen through %s, which is IPv4', async (to) => {
    const { far } = await lookAt({ tcp6: [{ to }] });
    expect(far).toMatchObject([{ address: '52.94.133.131', region: 'us-east-1' }]);
  });

  it('that were opened from there are counted, and are no leak: anybody may ask a server', async () => {
    const sweep = await lookAt({
      tcp: [{ to: '52.94.133.131', port: 80 }],
      tcp6: [{ port: 80, state: '0A' }],
      udp: [
        { port: 443, state: '07' },
        { to: '52.94.133.131', port: 443 },
        { to: '52.94.133.131', port: 80 },
      ],
    });
    expect([sweep.inbound, sweep.far.map(({ protocol }) => protocol)]).toEqual([2, ['udp']]);
  });

  it('are none where there is no table of the kernel, and more than a piece of text', async () => {
    expect(await new SocketSweep(RANGES, 'eu-west-1', '/nonexistent').look()).toMatchObject({
      sockets: 0,
      far: [],
    });
    const rows = Array.from({ length: 3000 }, (_, index) => ({
      to: index % 1000 === 999 ? '52.94.133.131' : '10.9.8.7',
      inode: index,
    }));
    const sweep = await lookAt({ tcp: rows });
    expect([sweep.sockets, sweep.far.map(({ inode }) => inode)]).toEqual([3000, ['999', '1999', '2999']]);
  });

  it('are found in lines of any length and number, and whatever follows them', async () => {
    const rows = [0, 9, 9999, 10_000, 123_456, 7].map((number, index) => ({
      number,
      inode: 10 ** index,
      to: '52.94.133.131',
    }));
    const near = { to: '10.9.8.7', inode: 123_456_789_012 };
    const { sockets, far } = await lookAt({ tcp: rows.flatMap((row) => [row, near, near]) });
    expect([sockets, far.map(({ inode }) => Number(inode))]).toEqual([18, rows.map(({ inode }) => inode)]);
  });
});

describe('a sieve of addresses', () => {
  const HOMES = ['eu-west-1', 'us-east-1', 'us-west-2', 'nowhere-1'];
  /** Where a network begins and ends, and beyond. */
  const edges = [...RANGES.sheet.v4].flatMap(({ start }) => [Number(start) - 1, Number(start)]);
  const edges6 = [...RANGES.sheet.v6].flatMap(({ start }) => [start - 1n, start]);
  const v4 = fc.oneof(fc.constantFrom(...edges), fc.nat(0xffff_ffff)).map((word) => swapped(word >>> 0));
  const v6 = fc
    .tuple(fc.oneof(fc.constantFrom(...edges6), fc.bigInt(0n, 2n ** 64n - 1n)), fc.nat(0xffff_ffff))
    .map(([network, rest]) => {
      const [high, low] = [Number(network >> 32n), Number(network & 0xffff_ffffn)];
      return `${swapped(high)}${swapped(low)}${swapped(rest >>> 0)}${swapped(1)}`;
    });
  const behind = v4.chain((hex) =>
    fc.constantFrom(`${'0'.repeat(16)}FFFF0000${hex}`, `9BFF6400${'0'.repeat(16)}${hex}`),
  );

  it('holds back none that is foreign, and lets through next to none that is not', () => {
    for (const home of HOMES) {
      const sieves = createAddressSieves(RANGES, home);
      fc.assert(
        fc.property(fc.oneof(v4, v6, behind), (hex) => {
          const isLetThrough = (hex.length === 8 ? sieves.v4 : sieves.v6)(Buffer.from(`x${hex}`), 1);
          const isFar = farAddressOf(hex, RANGES, home) !== undefined;
          const isSpecial = /^(?:.{8})*.{4}0000$|^9BFF6400/.test(hex);
          return isLetThrough === isFar || (isLetThrough && isSpecial);
        }),
        { numRuns: 2000, seed: 5 },
      );
      for (const nobody of ANYBODY)
        expect((nobody.length === 8 ? sieves.v4 : sieves.v6)(Buffer.from(nobody), 0)).toBe(true);
    }
  });
});

function swapped(word: number): string {
  const hex = word.toString(16).padStart(8, '0').match(/../g) ?? [];
  return hex.toReversed().join('').toUpperCase();
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseIpRanges, type IpRanges } from '#config-service';
import { randomFrom } from './seeded-random.ts';

const HOME = 'eu-west-1';
const FAR = 'us-east-1';

/** As many networks as AWS publishes, which fill four octets; one in forty lies far away. */
export function madeUpRanges(): IpRanges {
  const networks = Array.from({ length: 8192 }, (_, index) => {
    const [a, b, c] = [3 + 16 * (index % 4), (index >> 2) % 256, 32 * (index >> 10)];
    return { ip_prefix: `${a}.${b}.${c}.0/19`, region: regionOf(index), service: serviceOf(index) };
  });
  const six = Array.from({ length: 2000 }, (_, index) => ({
    ipv6_prefix: `2600:${(0x1f00 + (index % 256)).toString(16)}:${(index * 13).toString(16)}::/48`,
    region: regionOf(index),
    service: serviceOf(index),
  }));
  const document = { createDate: '2026-08-22-15-17-05', prefixes: networks, ipv6_prefixes: six };
  const read = parseIpRanges(JSON.stringify(document), 'made up');
  if (read.kind !== 'ok') throw new Error('the table of ranges that was made up cannot be read');
  return read.value;
}

function regionOf(index: number): string {
  return index % 40 === 1 ? FAR : HOME;
}

/** By turns, so that no two of them are one stretch. */
function serviceOf(index: number): string {
  return (index >> 10) % 2 === 0 ? 'EC2' : 'AMAZON';
}

/**
 * `tcp` and `tcp6` as the kernel writes them (tcp4_seq_show, tcp6_seq_show): a third of the sockets within the network, the others to
 * as many addresses of AWS and of anybody, each another one.
 */
export function writeSocketTables(folder: string, sockets: number): void {
  const random = randomFrom(11);
  const word = (): string => hex(Math.floor(random() * 2 ** 32), 8);
  const v4 = (index: number): string => {
    const first = index % 3 === 0 ? 10 : 3 + 16 * (index % 4);
    return `${word().slice(0, 6)}${hex(first, 2)}`;
  };
  const v6 = (index: number): string =>
    `${hex(index % 256, 2)}1F0026${word().slice(0, 4)}${hex(index % 65_536, 4)}${word()}${word()}`;
  const six = Math.floor(sockets / 4);
  writeFileSync(join(folder, 'tcp'), tableOf(sockets - six, '0500000A', v4));
  writeFileSync(join(folder, 'tcp6'), tableOf(six, '18D0052A000000000000000005000000', v6));
}

function tableOf(count: number, local: string, remote: (index: number) => string): string {
  return [HEAD, ...Array.from({ length: count }, (_, index) => lineOf(index, local, remote(index)))].join('');
}

function lineOf(index: number, local: string, remote: string): string {
  const ends = `${local}:${hex(32_768 + (index % 28_000), 4)} ${remote}:01BB`;
  const inode = 100_000 + index * 7;
  const line = `${String(index).padStart(4)}: ${ends} 01 00000000:00000000 02:000001F4 00000000  1000        0 ${inode} 2 ffff888012345678 20 4 30 10 -1`;
  return `${line.padEnd(149)}\n`;
}

const HEAD = `${'  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'.padEnd(149)}\n`;

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}

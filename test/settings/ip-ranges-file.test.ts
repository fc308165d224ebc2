import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { readRangesFile } from '#agent/settings/ip-ranges-file.ts';
import { valueOf } from '../support/fetching.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-ranges-'));
afterAll(() => rmSync(folder, { recursive: true }));
const PLAIN = readFileSync(new URL('../region/fixtures/ip-ranges.json', import.meta.url));

function read(name: string, bytes: Uint8Array) {
  writeFileSync(join(folder, name), bytes);
  return readRangesFile(join(folder, name));
}

it('a table is read as it is, and packed', async () => {
  for (const bytes of [PLAIN, gzipSync(PLAIN)])
    expect(valueOf(await read('a', bytes)).regionOf('52.94.133.131')).toBe('us-east-1');
});

it.each([
  ['damaged gzip', gzipSync(PLAIN).subarray(0, 200), 'its gzip is damaged'],
  ['a bomb', gzipSync(Buffer.alloc(64 * 1024 * 1024)), 'it is larger than 8 MiB'],
  ['too much', Buffer.alloc(9 * 1024 * 1024, 0x20), 'it is larger than 8 MiB'],
  ['something else', Buffer.from('hello'), 'it is not the JSON that AWS publishes'],
])('%s is refused, and says so', async (_, bytes, cause) => {
  expect(await read('b', bytes)).toMatchObject({ kind: 'fail', fault: { code: 'LF_IP_RANGES', cause } });
});

it('no file and no end are refused', async () => {
  expect(await readRangesFile(join(folder, 'none'))).toMatchObject({
    fault: { cause: 'there is no such file' },
  });
  expect(await readRangesFile('/dev/zero')).toMatchObject({ fault: { cause: 'it is larger than 8 MiB' } });
});

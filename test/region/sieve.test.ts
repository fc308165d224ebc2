import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { findEndpoints } from '../../config-service/region/detect/detector.ts';
import type { Finding } from '../../config-service/region/detect/finding.ts';
import { stretchesOf } from '../../config-service/region/detect/prefilter.ts';

const ROWS = ['endpoints', 'endpoints-attacks', 'endpoints-own'].flatMap((name) =>
  readFileSync(new URL(`fixtures/${name}.tsv`, import.meta.url), 'latin1').split('\n'),
);

describe('the sieve', () => {
  it('lets through every row of the corpus in which the detector finds something, at odd offsets and even', () => {
    for (const row of ROWS) {
      for (const before of ['', 'x\n']) {
        for (const after of ['', '\ny']) expectSame(before + row + after);
      }
    }
  });

  it('gives the findings of the whole text, whatever stands around them', () => {
    const noise = fc.oneof(
      fc.string({ unit: 'binary-ascii', maxLength: 300 }),
      fc.string({ maxLength: 60 }).map((text) => Buffer.from(text).toString('base64')),
      fc.integer({ min: 1, max: 3000 }).map((length) => '.'.repeat(length)),
      fc.constantFrom('\n', ' ', '\0', 'latest-', 'Z', 'ami-', 'deadbeef', '-01234567', '127311923021'),
    );
    const lines = fc.array(fc.oneof(noise, fc.constantFrom(...ROWS)), { maxLength: 40 });
    fc.assert(fc.property(lines, (parts) => expectSame(parts.join(''))));
  });

  it('does so in texts long enough to be gone through sixteen bytes at a time, wherever a row begins', () => {
    for (const [index, row] of ROWS.entries()) {
      expectSame(`${'.'.repeat(4100 + (index % 33))}\n${row}\n${'latest-'.repeat(index % 5)}`);
    }
  });

  it.each([
    'ami-12345678',
    'i-0abcdef1234567890',
    `mrk-${'0123456789abcdef'.repeat(2)}`,
    'use1-az4',
    'Z35SXDOTRQ7X7K',
  ])('sees %s in a long text, wherever it stands', (name) => {
    for (let before = 4090; before < 4125; before++)
      expectSame(`${'.'.repeat(before)} ${name}\n${'.'.repeat(40)}`);
  });

  it('does so where there is no WebAssembly', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    vi.resetModules();
    const { stretchesOf: byWords } = await import('../../config-service/region/detect/prefilter.ts');
    vi.unstubAllGlobals();
    for (const row of ROWS.slice(0, 200)) {
      const text = inWords(Buffer.from(`${'.'.repeat(4100)}\n${row}`, 'latin1'));
      expect(byWords(text, 0, text.length)).toEqual(stretchesOf(text, 0, text.length));
    }
  });

  it.each(['0', 'f', '-', '.'])(
    'sees an id at the end of the text, whatever the buffer held behind it (%j)',
    (stale) => {
      const text = 'ami-0abcdef1234567890';
      const buffer = Buffer.from(text + stale.repeat(11), 'latin1');
      expect(stretchesOf(buffer, 0, text.length)).toEqual([{ from: 0, to: text.length }]);
    },
  );

  it('passes over text that names nothing', () => {
    const text = 'The quick brown fox, on 2025-11-20, in 12 latest releases.\n'.repeat(1000);
    expect(stretchesOf(inWords(Buffer.from(text)), 0, text.length)).toEqual([]);
  });

  it('reads one endless line of anchors in time that grows with it', () => {
    const text = 'us-east-1,'.repeat(200_000);
    const stretches = stretchesOf(inWords(Buffer.from(text)), 0, text.length);
    expect(stretches).toEqual([{ from: 0, to: text.length }]);
  });
});

function expectSame(text: string): void {
  const bytes = Buffer.alloc(text.length, text, 'latin1');
  const own = inWords(bytes);
  const sieved: Finding[] = stretchesOf(own, 0, bytes.length).flatMap(({ from, to }) =>
    findEndpoints(own.toString('latin1', from, to)).map((finding) => ({
      ...finding,
      start: finding.start + from,
      end: finding.end + from,
    })),
  );
  expect(sieved).toEqual(findEndpoints(text));
}

/** In memory of its own that ends at a multiple of four. */
function inWords(bytes: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(Math.ceil(bytes.length / 4) * 4).fill('-');
  bytes.copy(own);
  return own;
}

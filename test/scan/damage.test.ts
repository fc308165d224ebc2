import * as fc from 'fast-check';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tarOf, zipOf } from '../support/archives.ts';
import { folderOf, scanIn } from '../support/scanning.ts';

const CONTENT = { 'a/long.conf': 'region=us-east-1\n'.repeat(50), 'b.gz': gzipSync('x'.repeat(3000)), c: '' };
const WHOLE = [
  zipOf(CONTENT),
  tarOf(CONTENT),
  gzipSync(tarOf(CONTENT)),
  zstdCompressSync(tarOf(CONTENT)),
  zipOf({ z: zipOf(CONTENT) }),
];

describe('whatever was done to an archive', () => {
  it('the scan ends, reports, and reads the next file as if nothing had been', async () => {
    const root = folderOf({ 'after.conf': 'region=us-east-1\n' });
    const damage = fc.record({
      whole: fc.constantFrom(...WHOLE),
      changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
      cut: fc.option(fc.nat()),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ whole, changes, cut }) => {
        const bytes = Buffer.from(whole.subarray(0, cut === null ? whole.length : cut % whole.length));
        for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        writeFileSync(join(root, 'a'), bytes);
        const { files, findings } = await scanIn(root);
        expect(files).toBe(2);
        expect(findings.at(-1)).toMatchObject({ path: './after.conf', line: 1, column: 8 });
      }),
      { numRuns: 300 },
    );
  });
});

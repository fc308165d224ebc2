import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from '#agent/exec/program-file.ts';

let base: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'landfall-program-'));
  for (const folder of ['a', 'b', 'b/folder']) mkdirSync(join(base, folder));
  for (const [file, mode] of [
    ['a/plain', 0o644],
    ['b/plain', 0o755],
    ['b/tool', 0o755],
    ['a/denied', 0o600],
  ] as const) {
    writeFileSync(join(base, file), '#!/bin/sh\n');
    chmodSync(join(base, file), mode);
  }
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const path = (): string => `${base}/none:${base}/a:${base}/b`;

describe('a program', () => {
  it('is the first executable file of PATH, past those that are not', async () => {
    expect(await findProgram('plain', '/', path())).toEqual({ kind: 'found', path: join(base, 'b/plain') });
  });

  it('with a slash is a path from the working directory', async () => {
    expect(await findProgram('./b/tool', base, '')).toEqual({ kind: 'found', path: join(base, 'b/tool') });
    expect(await findProgram('b/none', base, path())).toEqual({ kind: 'missing' });
  });

  it('is missing, or there and unusable', async () => {
    expect(await findProgram('none', '/', path())).toEqual({ kind: 'missing' });
    expect(await findProgram('', '/', path())).toEqual({ kind: 'missing' });
    expect(await findProgram('denied', '/', path())).toEqual({ kind: 'unusable' });
    expect(await findProgram('folder', '/', path())).toEqual({ kind: 'unusable' });
  });

  it('is looked for in the working directory where PATH says so, and in /bin without PATH', async () => {
    expect(await findProgram('tool', join(base, 'b'), ':/none')).toEqual({
      kind: 'found',
      path: join(base, 'b/tool'),
    });
    expect(await findProgram('sh', '/')).toMatchObject({ kind: 'found' });
  });
});

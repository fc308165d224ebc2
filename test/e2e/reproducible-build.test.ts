import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const BUILT = [
  'landfall',
  'landfall-ops',
  'landfall.cdx.json',
  'landfall-ops.cdx.json',
  'THIRD-PARTY-NOTICES.txt',
] as const;

/** What a build reads: all of the sources, and the packages as npm installed them. */
function copyOfTheCheckout(): string {
  const copy = mkdtempSync(join(tmpdir(), 'landfall-elsewhere-and-deeper-'));
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  });
  for (const path of listed.split('\0').filter((each) => each !== '')) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(path, join(copy, path));
  }
  execFileSync('cp', ['-a', '--reflink=auto', 'node_modules', copy]);
  return copy;
}

function digestsIn(dist: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    BUILT.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(dist, name)))
        .digest('hex'),
    ]),
  );
}

it('a build in another folder gives the same bytes', { timeout: 300_000 }, () => {
  const copy = copyOfTheCheckout();
  execFileSync(process.execPath, ['scripts/build/build.ts', '--host-only'], { cwd: copy, stdio: 'pipe' });
  expect(digestsIn(join(copy, 'dist'))).toEqual(digestsIn('dist'));
});

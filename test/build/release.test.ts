import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { VERSION } from '#agent/version.ts';
import { VERSION_PLACES } from '#scripts/build/version-places.ts';

interface Lock {
  readonly version: string;
  readonly packages: { readonly '': { readonly version: string } };
}

/** Files of this repository in one of their own. */
let folder: string;
const PATHS = [...Object.keys(VERSION_PLACES), 'CHANGELOG.md'];
const NEXT = '900.1.0';
const TODAY = new Date().toISOString().slice(0, 10);

let base: string;

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'landfall-release-base-'));
  folder = base;
  for (const path of PATHS) {
    mkdirSync(dirname(join(base, path)), { recursive: true });
    cpSync(path, join(base, path));
  }
  writeFileSync(
    join(base, 'CHANGELOG.md'),
    '# Changelog\n\n## Unreleased\n\n- One.\n# two\n\n## 0.0.1 (2026-01-01)\n\n- Old.\n',
  );
  git('init', '--quiet', '--initial-branch=main');
  git('config', 'user.name', 'Ada');
  git('config', 'user.email', 'ada@example.com');
  git('add', '.');
  git('commit', '--quiet', '--message', 'All');
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'landfall-release-'));
  cpSync(base, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();
}

function release(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [resolve('scripts/build/release.ts'), ...args],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  return { status, stdout, stderr };
}

function textOf(path: string): string {
  return readFileSync(join(folder, path), 'utf8');
}

describe('npm run release', () => {
  it('moves what is unreleased under version and day, sets the version everywhere, commits and tags', () => {
    const before = git('rev-parse', 'HEAD');
    const done = release(NEXT);
    expect([done.status, done.stderr]).toEqual([0, '']);
    expect(textOf('CHANGELOG.md')).toBe(
      `# Changelog\n\n## Unreleased\n\n## ${NEXT} (${TODAY})\n\n- One.\n# two\n\n## 0.0.1 (2026-01-01)\n\n- Old.\n`,
    );
    for (const path of Object.keys(VERSION_PLACES)) {
      expect(textOf(path), path).toContain(NEXT);
      // Nothing else of the file is another: packages of the same version among it.
      expect(textOf(path).replaceAll(NEXT, VERSION), path).toBe(readFileSync(path, 'utf8'));
    }
    const lock = JSON.parse(textOf('package-lock.json')) as Lock;
    expect([lock.version, lock.packages[''].version]).toEqual([NEXT, NEXT]);
    expect(git('status', '--porcelain')).toBe('');
    expect(git('log', '--format=%s', `${before}..HEAD`)).toBe(`Release ${NEXT}`);
    expect(git('cat-file', '-t', `v${NEXT}`)).toBe('tag');
    expect(git('rev-parse', `v${NEXT}^{commit}`)).toBe(git('rev-parse', 'HEAD'));
    expect(git('tag', '--list', '--format=%(contents)', `v${NEXT}`)).toBe(`v${NEXT}\n\n- One.\n# two`);
  });

  /** Lines with this version that are not about this repository, by what stands before it. */
  const OF_OTHERS = ['BlueOak-', 'postject ', '; version='];

  it.each([...new Set([VERSION, '1.0.0', '1.1.0', '2.0.0'])])(
    'knows every file in which %s stands, or will once that is the version',
    (version) => {
      const pattern = String.raw`(?<![0-9.])${version.replaceAll('.', String.raw`\.`)}(?![0-9.])`;
      // What was measured with it keeps it, and so does a range of addresses.
      const left = [':!CHANGELOG.md', ':!test', ':!docs/head-to-head.md', ':!config-service/region/tables'];
      const found = spawnSync('git', ['grep', '--perl-regexp', pattern, '--', ...left], { encoding: 'utf8' });
      const ours = found.stdout
        .split('\n')
        .filter((line) => line !== '' && !OF_OTHERS.some((other) => line.includes(`${other}${version}`)))
        .map((line) => line.slice(0, line.indexOf(':')));
      const known = Object.keys(VERSION_PLACES);
      expect(ours.filter((path) => !known.includes(path))).toEqual([]);
      if (version === VERSION) expect([...new Set(ours)].toSorted()).toEqual(known.toSorted());
    },
  );

  it('only prints with --dry-run', () => {
    const before = git('rev-parse', 'HEAD');
    const { status, stdout } = release(NEXT, '--dry-run');
    expect(status).toBe(0);
    for (const path of PATHS) expect(stdout).toContain(`would change  ${path}\n`);
    expect(stdout).toContain(`would tag     v${NEXT}\n\n- One.`);
    expect([git('rev-parse', 'HEAD'), git('status', '--porcelain'), git('tag')]).toEqual([before, '', '']);
  });

  it.each<readonly [string, string, () => void, string]>([
    ['a tree with changes', NEXT, () => appendFileSync(join(folder, 'README.md'), 'x'), 'not committed'],
    ['a file that git does not know', NEXT, () => writeFileSync(join(folder, 'new'), ''), 'not committed'],
    ['the version that is there', VERSION, () => {}, `is not above ${VERSION}`],
    ['a lower version', '0.0.2', () => {}, `is not above ${VERSION}`],
    ['a version below a tag', NEXT, () => git('tag', 'v900.10.0'), 'is not above 900.10.0'],
    ['a version that has a tag', NEXT, () => git('tag', `v${NEXT}`), `is not above ${NEXT}`],
    ['what is no version', '900.1', () => {}, 'is not MAJOR.MINOR.PATCH'],
    ['what is no version but looks like one', '900.01.0', () => {}, 'is not MAJOR.MINOR.PATCH'],
    ['no version', '', () => {}, 'write it like'],
    ['a commit on no branch', NEXT, () => git('checkout', '--quiet', '--detach'), 'HEAD is no branch'],
    ['nothing that is unreleased', NEXT, () => change('CHANGELOG.md', '- One.\n# two\n', ''), 'of nothing'],
    [
      'a changelog without the section',
      NEXT,
      () => change('CHANGELOG.md', 'Unreleased', 'Later'),
      'has no line',
    ],
    [
      'a place without the version',
      NEXT,
      () => change('README.md', '  ready', ' ready'),
      'README.md does not say',
    ],
    ['a commit that a hook refuses', NEXT, () => hook('pre-commit'), 'all is as it was'],
  ])('refuses %s, and changes nothing', (_, version, given, says) => {
    given();
    const before = [git('rev-parse', 'HEAD'), git('status', '--porcelain'), git('tag')];
    const { status, stdout, stderr } = release(version);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^release: /);
    expect(stderr).toContain(says);
    expect([git('rev-parse', 'HEAD'), git('status', '--porcelain'), git('tag')]).toEqual(before);
  });
});

function change(path: string, from: string, to: string): void {
  writeFileSync(join(folder, path), textOf(path).replace(from, to));
  git('commit', '--quiet', '--all', '--message', 'Change');
}

function hook(name: string): void {
  writeFileSync(join(folder, '.git/hooks', name), '#!/bin/sh\necho no >&2\nexit 1\n', { mode: 0o755 });
}

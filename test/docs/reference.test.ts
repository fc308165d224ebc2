import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VERSION } from '#agent/version.ts';
import { FAULTS } from '#kit/errors.ts';
import { REFERENCE_PAGES } from '#scripts/build/reference.ts';

describe('reference pages', () => {
  it.each(Object.entries(REFERENCE_PAGES))(
    '%s says what the code says (node scripts/build/reference.ts)',
    (path, print) => {
      expect(readFileSync(path, 'utf8')).toBe(print());
    },
  );
});

describe('the fault registry', () => {
  it('has an exit code of the contract and a title for every code', () => {
    for (const [code, { exit, title }] of Object.entries(FAULTS)) {
      expect(code).toMatch(/^LF_[A-Z0-9_]+$/);
      // 126 and 127 are those of every program that runs another (POSIX env, nohup): `landfall exec`.
      // 11 to 15 are those of the commands across regions.
      expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 126, 127]).toContain(exit);
      expect(title).toMatch(/^[A-Z].*[^.]$/);
    }
  });

  it('gives each code a title of its own', () => {
    const titles = Object.values(FAULTS).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});

it('the version is the one of package.json', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(VERSION).toBe(manifest.version);
});

import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cellsOf, holdsTest, rowsOf, testsIn } from '../support/tests-in-tables.ts';

/** All that people write: not what is generated, nor this file, which names what it forbids. */
const FILES = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter(
    (file) =>
      /\.(?:ts|md|sh|ya?ml)$/.test(file) && file !== 'test/docs/references.test.ts' && existsSync(file),
  );
const PAGES = FILES.filter((file) => file.endsWith('.md'));

describe('a reference to', () => {
  it('a law is one of the seven of docs/laws.md, each with its tests', () => {
    const page = readFileSync('docs/laws.md', 'utf8');
    const laws = [...page.matchAll(/^(\d)\. \*\*/gm)].map(([, number]) => number);
    expect(laws).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    const rows = rowsOf(page, ['law']);
    expect(rows.map((row) => cellsOf(row)[0])).toEqual(laws);
    for (const test of rows.flatMap((row) => testsIn(row))) expect(holdsTest(test), test.named).toBe(true);
    expect(dangling(/\blaws? (\d+)/g, (number) => laws.includes(number))).toEqual([]);
  });

  it('a case is one of docs/telemetry-cases.md', () => {
    const cases = rowsOf(readFileSync('docs/telemetry-cases.md', 'utf8'), ['case']).map(
      (row) => cellsOf(row)[0],
    );
    expect(cases).toContain('77');
    expect(dangling(/\bcases? (\d+)\b(?! (?:of|x|times))/g, (number) => cases.includes(number))).toEqual([]);
  });

  it('a page leads to one that is there, heading included', () => {
    const broken = PAGES.flatMap((page) =>
      linksOf(page)
        .filter((link) => !leadsSomewhere(page, link))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
    expect(dangling(/\b(docs\/[a-z0-9/-]+\.md)\b/g, existsSync)).toEqual([]);
  });

  it('what readers of this repository cannot open is not made', () => {
    expect(dangling(/\b(CONTRACT|DESIGN)\b/g, () => false)).toEqual([]);
    expect(dangling(/(?<![\w/.-])(facts\/[a-z-]+\.md)/g, () => false)).toEqual([]);
  });
});

describe('docs/README.md', () => {
  it('leads to every page', () => {
    const linked = linksOf('docs/README.md').map((link) => normalize(join('docs', link)));
    const pages = globSync('docs/*.md').filter((page) => page !== 'docs/README.md');
    expect(pages.filter((page) => !linked.includes(page))).toEqual([]);
  });
});

/** `file:line: what`, for each match whose first group leads nowhere. */
function dangling(reference: RegExp, isThere: (name: string) => boolean): readonly string[] {
  return FILES.filter((file) => file !== 'CHANGELOG.md').flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        [...line.matchAll(reference)]
          .filter(([, name = '']) => !isThere(name))
          .map(([all]) => `${file}:${index + 1}: ${all}`),
      ),
  );
}

function linksOf(page: string): readonly string[] {
  const text = readFileSync(page, 'utf8').replaceAll(/```[^]*?```/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(target)) return false;
  return heading === undefined || headingsOf(target).has(heading);
}

/** As GitHub names them: in lower case, with hyphens for blanks, without what is no letter. */
function headingsOf(page: string): ReadonlySet<string> {
  const headings = readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

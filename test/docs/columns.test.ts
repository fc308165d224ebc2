import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const MOST = 140;
const PAGES = ['*.md', 'docs/**/*.md', 'examples/*/README.md', 'clients/*/README.md'].flatMap((pattern) =>
  globSync(pattern),
);

/** Lines of prose that are wider than a page is read; not of tables, code, and what is shown by indentation. */
function wideLines(text: string): readonly number[] {
  let isCode = false;
  return text.split('\n').flatMap((line, index) => {
    if (line.trimStart().startsWith('```')) isCode = !isCode;
    const isShown = isCode || line.startsWith('|') || line.startsWith('    ');
    return isShown || line.length <= MOST ? [] : [index + 1];
  });
}

it('prose of every page has lines of at most 140 columns', () => {
  expect(PAGES.length).toBeGreaterThan(80);
  const wide = PAGES.flatMap((page) =>
    wideLines(readFileSync(page, 'utf8')).map((line) => `${page}:${line}`),
  );
  expect(wide).toEqual([]);
});

it.each([
  [`${'word '.repeat(30)}\n`, [1]],
  [`| ${'cell '.repeat(40)} |\n\n    ${'shown '.repeat(40)}\n\n\`\`\`\n${'code '.repeat(40)}\n\`\`\`\n`, []],
  [`\`\`\`\ncode\n\`\`\`\n- ${'item '.repeat(30)}\n`, [4]],
])('%# is judged by what is prose of it', (text, lines) => {
  expect(wideLines(text)).toEqual(lines);
});

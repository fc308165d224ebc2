import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderYaml } from '../apply/template-bench.ts';

const PAGE = readFileSync('docs/templates.md', 'utf8');
const ROWS = [...PAGE.matchAll(/^\| `(v[^`]*)` \| (.+) \| (yes|no) \|$/gm)];
const CASES = ROWS.flatMap(([, condition = '', values = '', holds = '']) =>
  yamlOf(values).map((yaml) => ({ condition, yaml, holds })),
);

/** What the words of the table stand for. */
function yamlOf(values: string): readonly string[] {
  const written = [...values.matchAll(/`([^`]+)`/g)].map(([, text = '']) => `v: "${text}"`);
  const described = [
    ['the empty text', 'v: ""'],
    ['blanks', 'v: "  "'],
    ['an empty list', 'v: []'],
    ['no such key', 'w: x'],
    ['any other text', 'v: eu-west-1'],
  ] as const;
  return [...written, ...described.flatMap(([words, yaml]) => (values.includes(words) ? yaml : []))];
}

describe('the conditions in docs/templates.md', () => {
  it('are many', () => {
    expect(CASES.length).toBeGreaterThan(40);
  });

  it.each(CASES)('$condition with $yaml: $holds', ({ condition, yaml, holds }) => {
    expect(renderYaml(`{% if ${condition} %}yes{% else %}no{% endif %}`, `${yaml}\n`)).toBe(holds);
  });
});

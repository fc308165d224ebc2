import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Element {
  readonly type: string;
  readonly id?: string;
  readonly attributes: { readonly label?: string; readonly value?: string; readonly description?: string };
}

interface Template {
  readonly name: string;
  readonly description: string;
  readonly body: readonly Element[];
}

const PATHS = globSync('.github/ISSUE_TEMPLATE/*.yaml');

it('there is one for what is broken, what is missing and what is asked', () => {
  expect(PATHS.map((path) => basename(path)).toSorted()).toEqual(['bug.yaml', 'idea.yaml', 'question.yaml']);
});

// https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
describe.each(PATHS)('%s', (path) => {
  const template = parse(readFileSync(path, 'utf8')) as Template;

  it('is a form as GitHub reads it', () => {
    expect(Object.keys(template).toSorted()).toEqual(['body', 'description', 'name']);
    for (const { type, id, attributes } of template.body) {
      expect(['markdown', 'input', 'textarea', 'dropdown', 'checkboxes']).toContain(type);
      if (type === 'markdown') expect(attributes.value).toMatch(/\S/);
      else
        expect([id ?? '', attributes.label ?? '']).toEqual([
          expect.stringMatching(/^[\w-]+$/),
          expect.stringMatching(/\S/),
        ]);
    }
    const ids = template.body.flatMap(({ id }) => id ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(0);
  });

  it('names pages that are there', () => {
    const named = [...JSON.stringify(template).matchAll(/\b((?:docs\/)?[\w-]+\.md)\b/g)].map(
      ([, page = '']) => page,
    );
    for (const page of named) expect(() => readFileSync(page), page).not.toThrow();
  });
});

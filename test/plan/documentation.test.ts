import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPlan } from '#agent/plan/read-plan.ts';
import { PLAN_SECTIONS } from '#agent/plan/plan-sections.ts';
import { layerOf } from '../support/layer-generator.ts';

const page = readFileSync(new URL('../../docs/plan.md', import.meta.url), 'utf8');
/** Those of one layer; the one with two columns shows two. */
const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].flatMap(([, text = '']) =>
  text.includes('# role/worker/plan.yaml') ? [] : [text],
);
const FILES = [
  'schema.json',
  'init.json',
  'scripts/base.sh',
  'scripts/agent.sh',
  'scripts/warm.sh',
  'templates/nginx.conf.liquid',
  'files/logo.png',
];

describe('docs/plan.md', () => {
  it.each(examples)('has examples that are plans: %s', (text) => {
    const files = Object.fromEntries(FILES.map((path) => [path, '']));
    // One that stands for a stronger layer, or watches a template, has what it needs below it.
    const below = 'templates: { nginx: { source: templates/nginx.conf.liquid, target: /n } }\n';
    const layers = [
      layerOf('base', { ...files, 'plan.yaml': below }),
      layerOf('role/web', { ...files, 'plan.yaml': text }),
    ];
    expect(readPlan(layers).problems).toEqual([]);
  });

  it('has a heading for each section', () => {
    const headings = [...page.matchAll(/^## ([a-z][A-Za-z]*)/gm)].map(([, name]) => name);
    expect(headings).toEqual(PLAN_SECTIONS);
  });
});

import { globSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { PLAN_SECTIONS } from '#agent/plan/plan-sections.ts';
import { SETTINGS } from '#agent/settings/catalogue.ts';
import { apiDocument } from '#scripts/ops/schema/api-document.ts';
import { agentSchema } from '#scripts/ops/schema/agent-schema.ts';
import { planSchema } from '#scripts/ops/schema/plan-schema.ts';
import { opsCommand } from './policy/ops-command.ts';

const ajv = new Ajv({ allowUnionTypes: true });
const ofPlan = ajv.compile(planSchema());
const ofAgent = ajv.compile(agentSchema());

const takes = (text: string): boolean => ofPlan(parse(text));

describe('the schema of plan.yaml', () => {
  it('has the sections that lint knows, and no other', () => {
    const { properties } = planSchema() as { readonly properties: object };
    expect(Object.keys(properties).toSorted()).toEqual([...PLAN_SECTIONS].toSorted());
  });

  it.each([...globSync('examples/**/plan.yaml')])('takes %s', (path) => {
    expect(takes(readFileSync(path, 'utf8')), JSON.stringify(ofPlan.errors)).toBe(true);
  });

  it('takes every whole plan of docs/plan.md', () => {
    const blocks = [...readFileSync('docs/plan.md', 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)];
    const plans = blocks
      .map(([, text = '']) => text)
      .filter((text) => PLAN_SECTIONS.includes(text.split(':')[0] ?? ''));
    expect(plans.length).toBeGreaterThan(3);
    for (const text of plans) expect(takes(text), `${text}\n${JSON.stringify(ofPlan.errors)}`).toBe(true);
  });

  it('takes the plan and the settings of docs/quickstart.md', () => {
    const blocks = [...readFileSync('docs/quickstart.md', 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)];
    const [settings, plan] = blocks.map(([, text = '']) => parse(text) as object);
    expect(blocks).toHaveLength(2);
    expect([ofAgent(settings), ofPlan(plan)]).toEqual([true, true]);
  });

  it.each([
    ['no section of that name', 'tempaltes: {}'],
    ['no field of that name', 'scripts: { a: { rum: scripts/a.sh } }'],
    ['another choice', 'scripts: { a: { run: scripts/a.sh, when: sometimes } }'],
    ['a text for a truth', 'files: { a: { target: /a, content: x, independent: maybe } }'],
    ['a map for a text', 'claims: { address: { tag: { service: payroll } } }'],
    ['a field of another claim', 'claims: { address: { tag: a=b, mount: /d } }'],
  ])('refuses %s', (_, text) => {
    expect(takes(text)).toBe(false);
  });
});

describe('the schema of agent.yaml', () => {
  it('has every setting with its sentence and its choices', () => {
    const { properties } = agentSchema() as { readonly properties: Record<string, { description: string }> };
    for (const [name, { doc }] of Object.entries(SETTINGS))
      expect(properties[name]?.description).toContain(doc);
    expect(ofAgent({ source: 's3://a/b', interval: '30s', layers: ['base'], guard: 'warn' })).toBe(true);
    expect(ofAgent({ sorce: 's3://a/b' })).toBe(false);
    expect(ofAgent({ guard: 'loud' })).toBe(false);
  });
});

it.each([
  ['plan', planSchema],
  ['agent', agentSchema],
  ['api', apiDocument],
])('`landfall-ops schema %s` prints it', async (of, print) => {
  const printed = JSON.parse(await opsCommand('schema', of)) as object;
  expect(printed).toEqual(JSON.parse(JSON.stringify(print())));
});

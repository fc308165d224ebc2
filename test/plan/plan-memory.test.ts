import { expect, it } from 'vitest';
import { createPlanCache } from '#agent/plan/plan-cache.ts';
import { ContentCache } from '#kit/content-cache.ts';
import { readPlanPolicy } from '../support/plan-policy.ts';
import { layerOf } from '../support/layer-generator.ts';

const TEXT = 'require: [db.host]\nschema: schema.json\n';
const layers = () => [layerOf('base', { 'plan.yaml': TEXT, 'schema.json': '{}', 'a.properties': 'a=1\n' })];

it('the plans of the same layers are read once, whoever asks', () => {
  const plansOf = createPlanCache(new ContentCache(1000));
  const same = layers();
  expect(plansOf(same)).toBe(plansOf(same));
  expect(plansOf(layers())).not.toBe(plansOf(same));
});

it('plan and policy say what a reading of their own would', () => {
  const { plan, policy } = createPlanCache(new ContentCache(1000))(layers());
  const { values, ...rest } = policy;
  const { values: expected, ...others } = readPlanPolicy(layers());
  expect(rest).toEqual(others);
  expect([...values]).toEqual([...expected]);
  // A judgement may go over them again.
  expect([...values]).toEqual([...expected]);
  expect(plan.require).toMatchObject([{ key: 'db.host' }]);
});

import { expect, it } from 'vitest';
import { ownedBy } from '#agent/apply/targets/registration.ts';
import { readPlan } from '#agent/plan/read-plan.ts';
import { layerOf } from '../support/layer-generator.ts';

it('what scripts, hooks and documents own is named by the plan, in every event', () => {
  const { plan } = readPlan([
    layerOf('base', {
      'plan.yaml': `
scripts: { s: { run: scripts/s.sh, owns: [/srv/s] } }
hooks:
  setup: [{ name: h, command: "true", owns: /srv/h }]
  deploy: [{ name: d, command: "true", owns: [/srv/d, /srv/e] }]
init: { i: { document: init.json, owns: [/srv/i] } }
`,
      'scripts/s.sh': 'true\n',
      'init.json': '{}',
    }),
  ]);
  expect(ownedBy(plan).map(({ path, kind }) => `${kind} ${path}`)).toEqual([
    'owned /srv/s',
    'owned /srv/h',
    'owned /srv/d',
    'owned /srv/e',
    'owned /srv/i',
  ]);
});

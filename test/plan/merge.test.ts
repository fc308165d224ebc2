import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergePlans } from '#agent/plan/plan-merge.ts';
import { isNull, type PlanNode } from '#agent/plan/plan-node.ts';
import { readPlan } from '#agent/plan/read-plan.ts';
import { layerOf } from '../support/layer-generator.ts';

const FILES = { 'scripts/a.sh': '', 'scripts/b.sh': '', 'templates/t': '', 'init.json': '{}' };

/** Weakest first; each text is the plan of one layer. */
function read(plans: Readonly<Record<string, string>>) {
  const reading = readPlan(
    Object.entries(plans).map(([layer, text]) => layerOf(layer, { ...FILES, 'plan.yaml': text })),
  );
  expect(reading.problems).toEqual([]);
  return reading;
}

describe('plans of several layers', () => {
  it('merge by name, field by field; a file belongs to the layer that names it', () => {
    const { plan } = read({
      base: 'templates: { web: { source: templates/t, target: /etc/web, owner: root, reload: a } }\n',
      'role/web': 'templates: { web: { reload: b, mode: "0600" } }\n',
      'environment/prod': 'templates: { web: { source: templates/t } }\n',
    });
    expect(plan.templates).toMatchObject([
      {
        source: { layer: 'environment/prod', path: 'templates/t' },
        target: '/etc/web',
        owner: 'root',
        reload: 'b',
        mode: 0o600,
        place: { file: 'base/plan.yaml', line: 1 },
      },
    ]);
  });

  it.each([
    ['a field', 'templates: { web: { reload: null } }', { templates: [{ reload: undefined }] }],
    ['an entry', 'templates: { web: }', { templates: [] }],
    ['a section', 'templates:\nlogs: null', { templates: [], logs: [] }],
    [
      'a setting',
      'logs: { app: { group: null } }',
      { logs: [{ settings: { members: new Map([['path', expect.objectContaining({ value: '/x' })]]) } }] },
    ],
  ])('null removes %s', (_, text, expected) => {
    const base = `
templates: { web: { source: templates/t, target: /etc/web, reload: a } }
logs: { app: { path: /x, group: g } }
`;
    expect(read({ base, 'role/web': `${text}\n` }).plan).toMatchObject(expected);
  });

  it('never ask for less than a weaker one: what is required, schemas and allowances add up', () => {
    const { plan } = read({
      base: 'require: [a]\nschema: init.json\nguard: { allow: [{ key: k, region: r, reason: w }] }\n',
      'role/web': 'require:\nschema: null\nguard:\n',
      'environment/prod':
        'require: [b]\nschema: init.json\nguard: { allow: [{ key: l, region: r, reason: w }] }\n',
    });
    expect(plan.require).toEqual([
      { key: 'a', file: 'base/plan.yaml', line: 1 },
      { key: 'b', file: 'environment/prod/plan.yaml', line: 1 },
    ]);
    expect(plan.schemas.map(({ layer }) => layer)).toEqual(['base', 'environment/prod']);
    expect(plan.allow.map(({ key }) => key)).toEqual(['k', 'l']);
  });

  it('run scripts in the order of the layers, by name within one; a change does not move a script', () => {
    const { plan } = read({
      base: 'scripts: { 20-b: { run: scripts/b.sh }, 10-a: { run: scripts/a.sh } }\n',
      'role/web': 'scripts: { 05-web: { run: scripts/a.sh }, 20-b: { timeout: 1m, run: scripts/b.sh } }\n',
    });
    expect(
      plan.scripts.map(({ name, layer, run, timeoutMs }) => [name, layer, run.layer, timeoutMs]),
    ).toEqual([
      ['10-a', 'base', 'base', 600_000],
      ['20-b', 'base', 'role/web', 60_000],
      ['05-web', 'role/web', 'role/web', 600_000],
    ]);
  });

  it('add up hooks in the order of the layers, as written; named ones can be changed and removed', () => {
    const { plan } = read({
      base: `
hooks:
  configure: [one, { name: two, run: scripts/a.sh, timeout: 5s }, { command: three, continueOnError: true }]
  shutdown: [bye]
`,
      'role/web':
        'hooks: { configure: { two: { timeout: 9s }, four: echo four, six: echo }, shutdown: null }\n',
      'environment/prod': 'hooks: { configure: [five, { name: six, timeout: 1s }] }\n',
      'instance/i-1': 'hooks: { configure: { four: } }\n',
    });
    expect(
      plan.hooks.configure.map(({ name, command, run, timeoutMs }) => [
        name,
        command ?? run?.path,
        timeoutMs,
      ]),
    ).toEqual([
      ['base#1', 'one', 300_000],
      ['two', 'scripts/a.sh', 9000],
      ['base#3', 'three', 300_000],
      ['six', 'echo', 1000],
      ['environment:prod#1', 'five', 300_000],
    ]);
    expect(plan.hooks.shutdown).toEqual([]);
  });

  it('run every init document, those of weaker layers first', () => {
    const { plan } = read({
      base: 'init: init.json\n',
      'role/web': 'init: { z: init.json, a: { document: init.json, configSets: [one, two] } }\n',
      'environment/prod':
        'init: { z: { document: init.json, configSets: only, setuid: /opt/app/bin/ping } }\n',
    });
    expect(plan.init.map(({ name, document, configSets }) => [name, document.layer, configSets])).toEqual([
      ['base#1', 'base', ['default']],
      ['a', 'role/web', ['one', 'two']],
      ['z', 'environment/prod', ['only']],
    ]);
    expect(plan.init.map(({ setuid }) => setuid)).toEqual([undefined, undefined, ['/opt/app/bin/ping']]);
  });

  it('may be mistaken about what there is to remove, which is told and no problem', () => {
    const { warnings } = read({
      base: 'templates: { web: { source: templates/t, target: /t } }\nlogs: { app: { path: /x } }\n',
      'role/web':
        'templates: { wbe: }\nfiles: { motd: }\nlogs: { app: { group: } }\nguard: { allow: }\nhooks:\n',
    });
    expect(warnings.map(({ file, line, message }) => `${file}:${line} ${message.split(':')[0]}`)).toEqual([
      'role/web/plan.yaml:1 templates.wbe',
      'role/web/plan.yaml:2 files.motd',
      'role/web/plan.yaml:3 logs.app.group',
    ]);
  });
});

const place = { layer: 'base', file: 'base/plan.yaml', line: 1 };
const scalar = fc
  .oneof(fc.integer(), fc.constant('text'))
  .map((value): PlanNode => ({ ...place, kind: 'scalar', value, text: String(value) }));
const nothing = fc.constant<PlanNode>({ ...place, kind: 'scalar', value: null, text: '' });
const mapOf = (of: fc.Arbitrary<PlanNode>) =>
  fc
    .dictionary(fc.constantFrom('a', 'b', '__proto__', '1'), fc.oneof(of, nothing))
    .map((entries): PlanNode => ({ ...place, kind: 'map', members: new Map(Object.entries(entries)) }));
const plan = mapOf(fc.oneof(scalar, mapOf(fc.oneof(scalar, mapOf(scalar)))));
const over = (weaker: PlanNode | undefined, stronger: PlanNode) => mergePlans(weaker, stronger, () => {});

const hasNull = (node: PlanNode): boolean =>
  isNull(node) || (node.kind === 'map' && [...node.members.values()].some(hasNull));

describe('merging, for any plans', () => {
  it('leaves no null, changes no input, and lays the same plan on itself without effect', () => {
    fc.assert(
      fc.property(plan, plan, (weaker, stronger) => {
        const [before, after] = [structuredClone(weaker), structuredClone(stronger)];
        const merged = over(over(undefined, weaker), stronger);
        expect([weaker, stronger]).toEqual([before, after]);
        expect(hasNull(merged)).toBe(false);
        expect(over(merged, merged)).toEqual(merged);
      }),
    );
  });
});

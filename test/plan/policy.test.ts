import { describe, expect, it } from 'vitest';
import { readPlanPolicy } from '../support/plan-policy.ts';
import { layerOf } from '../support/layer-generator.ts';

const planOf = (text: string, file = 'plan.yaml') => readPlanPolicy([layerOf('base', { [file]: text })]);
const NOTHING = { require: [], allow: [], problems: [] };

describe('a plan', () => {
  it('that is not there asks for nothing', () => {
    expect(
      readPlanPolicy([layerOf('base', { 'app.properties': 'require=x\n', 'scripts/plan.yaml': '[' })]),
    ).toMatchObject(NOTHING);
  });

  it.each(['', '\n', '# nothing yet\n', 'null\n', 'require:\nguard:\n', 'guard: { allow: }\n'])(
    'that says nothing asks for nothing: %j',
    (text) => {
      expect(planOf(text)).toMatchObject(NOTHING);
    },
  );

  it.each(['plan.yaml', 'plan.yml'])('in %s names required keys and what may be foreign', (file) => {
    const text = `
require: [db.host, db.port]
guard:
  allow:
    - { key: "billing.*", region: us-east-1, reason: "billing data exists only there" }
`;
    const reason = 'billing data exists only there';
    expect(planOf(text, file)).toMatchObject({
      require: [
        { key: 'db.host', file: `base/${file}`, line: 2 },
        { key: 'db.port', file: `base/${file}`, line: 2 },
      ],
      allow: [{ key: 'billing.*', region: 'us-east-1', reason, file: `base/${file}`, line: 5 }],
      problems: [],
    });
  });

  it('of each layer adds to the ones below: a stronger layer cannot ask for less', () => {
    const policy = readPlanPolicy([
      layerOf('base', { 'plan.yaml': 'require: [a]\n' }),
      layerOf('role/web', {
        'plan.yaml': 'require: [b]\nguard: { allow: [{ key: k, region: r, reason: w }] }\n',
      }),
      layerOf('instance/i-1', { 'plan.yaml': 'require: []\nguard: { allow: [] }\n' }),
    ]);
    expect(policy.require.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(policy.allow).toHaveLength(1);
  });
});

const strictnessOf = (...plans: readonly string[]) =>
  readPlanPolicy(plans.map((plan, index) => layerOf(`layer-${index}`, { 'plan.yaml': plan }))).strictness;

describe('how strict the guard is', () => {
  it('is lenient where no plan says anything', () => {
    expect(strictnessOf('require: []\n', 'guard: { allow: [] }\n')).toEqual({
      unknown: 'warn',
      hints: 'show',
    });
  });

  it('is what the strictest layer says: none takes back what another asks for', () => {
    const strict = { unknown: 'refuse', hints: 'refuse' };
    expect(strictnessOf('guard: { unknown: refuse }\n', 'guard: { hints: refuse, unknown: warn }\n')).toEqual(
      strict,
    );
    expect(strictnessOf('guard: { unknown: refuse, hints: refuse }\n', 'guard: null\n')).toEqual(strict);
  });
});

describe('what is wrong with a plan', () => {
  it.each([
    ['it is no YAML', 'require: [a\n', /./],
    ['a key stands twice', 'require: [a]\nrequire: [b]\n', /^'require' stands here a second time$/],
    ['it is a list', '- require\n', /^a plan is a map of sections$/],
    ['required is one key', 'require: db.host\n', /^require: must be a list of keys$/],
    ['a required key is a map', 'require: [{ a: 1 }]\n', /^require: must be a list of keys$/],
    ['the guard is a list', 'guard: [allow]\n', /^guard: must be a map with allow, unknown, hints$/],
    ['the guard is a mode', 'guard: off\n', /^guard: must be a map with allow, unknown, hints$/],
    ['allow is a map', 'guard: { allow: { key: a } }\n', /^guard\.allow: must be a list$/],
    ['an entry is a text', 'guard: { allow: [a] }\n', /^guard\.allow\[0\]: needs key, region and reason/],
    ['an entry is null', 'guard: { allow: [null] }\n', /^guard\.allow\[0\]: needs/],
    [
      'a reason is blank',
      'guard: { allow: [{ key: a, region: us-east-1, reason: " " }] }\n',
      /^guard\.allow\[0\]: needs/,
    ],
    ['a region is missing', 'guard: { allow: [{ key: a, reason: b }] }\n', /^guard\.allow\[0\]: needs/],
  ])('%s', (_, text, message) => {
    const { problems, allow } = planOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ code: 'LF_PLAN_INVALID', file: 'base/plan.yaml' });
    expect(problems[0]?.message).toMatch(message);
    expect(problems[0]?.message).not.toContain('\n');
    expect(allow).toEqual([]);
  });

  it('has its line, where the syntax is what is wrong', () => {
    expect(planOf('require: [a]\nguard: x: y\n').problems[0]?.line).toBe(2);
  });

  it('is said at once for all layers, and what is right beside it still counts', () => {
    const { problems, allow } = readPlanPolicy([
      layerOf('base', {
        'plan.yaml': 'require: x\nguard: { allow: [a, { key: k, region: r, reason: w }, b] }\n',
      }),
      layerOf('role/web', { 'plan.yaml': '[' }),
    ]);
    expect(problems.map(({ file }) => file)).toEqual([
      'base/plan.yaml',
      'base/plan.yaml',
      'base/plan.yaml',
      'role/web/plan.yaml',
    ]);
    expect(allow).toHaveLength(1);
  });

  it('may be its encoding', () => {
    const layer = layerOf('base', { 'plan.yaml': '' });
    const files = layer.files.map((file) => ({ ...file, bytes: Uint8Array.of(0x61, 0xff) }));
    expect(readPlanPolicy([{ ...layer, files }]).problems).toHaveLength(1);
  });

  it('may be a bomb of anchors, which is not set off', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let level = 1; level < 12; level += 1) {
      const [name, below] = [String.fromCodePoint(97 + level), String.fromCodePoint(96 + level)];
      bomb.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${below}`).join(',')}]`);
    }
    expect(planOf(`${bomb.join('\n')}\n`).problems).toHaveLength(1);
  });
});

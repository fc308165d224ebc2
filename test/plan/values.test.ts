import { describe, expect, it } from 'vitest';
import { readPlan } from '#agent/plan/read-plan.ts';
import { configuratorBench } from '../support/configuring.ts';
import { layerOf } from '../support/layer-generator.ts';

const EAST = 'sqs.us-east-1.amazonaws.com';

describe('what the guard judges of plans', () => {
  it('is every name and text in force, the lines of what runs, and nothing of the guard itself', () => {
    const { values } = readPlan([
      layerOf('base', {
        'plan.yaml': `
guard: { allow: [{ key: k, region: us-east-1, reason: us-east-1 }] }
scripts: { a: { run: scripts/a.sh, timeout: 9 } }
hooks: { setup: [one, { name: two, run: scripts/a.sh }] }
init: init.json
services: { web: { restartOn: [/etc/a, /etc/b] } }
logs: { app: { path: /x } }
`,
        'scripts/a.sh': '#!/bin/sh\n\ntrue\n',
        'init.json': '{}',
      }),
      layerOf('role/web', { 'plan.yaml': 'logs: { app: { path: /y } }\nhooks: { setup: { two: } }\n' }),
    ]);
    expect([...values].map(({ key, value, file, line }) => `${file}:${line} ${key} = ${value}`)).toEqual([
      'base/plan.yaml:3 plan.scripts.a = a',
      'base/plan.yaml:3 plan.scripts.a.run = run',
      'base/plan.yaml:3 plan.scripts.a.run = scripts/a.sh',
      'base/plan.yaml:3 plan.scripts.a.timeout = timeout',
      'base/plan.yaml:4 plan.hooks.setup = setup',
      'base/plan.yaml:4 plan.hooks.setup.base#1 = base#1',
      'base/plan.yaml:4 plan.hooks.setup.base#1.command = command',
      'base/plan.yaml:4 plan.hooks.setup.base#1.command = one',
      'base/plan.yaml:5 plan.init.base#1 = base#1',
      'base/plan.yaml:5 plan.init.base#1.document = document',
      'base/plan.yaml:5 plan.init.base#1.document = init.json',
      'base/plan.yaml:6 plan.services.web = web',
      'base/plan.yaml:6 plan.services.web.restartOn = restartOn',
      'base/plan.yaml:6 plan.services.web.restartOn.0 = /etc/a',
      'base/plan.yaml:6 plan.services.web.restartOn.1 = /etc/b',
      'base/plan.yaml:7 plan.logs.app = app',
      'role/web/plan.yaml:1 plan.logs.app.path = path',
      'role/web/plan.yaml:1 plan.logs.app.path = /y',
      'base/scripts/a.sh:1 scripts/a.sh = #!/bin/sh',
      'base/scripts/a.sh:3 scripts/a.sh = true',
      'base/init.json:1 init.json = {}',
    ]);
  });
});

describe('what becomes of them', () => {
  it('is a command, but for what files and variables are made of', () => {
    const { values } = readPlan([
      layerOf('base', {
        'plan.yaml': `
files: { f: { content: for people, target: /etc/f } }
environmentFiles: { e: { prefix: app., target: /etc/e } }
hooks: { setup: [one] }
scripts: { a: { run: scripts/a.sh } }
`,
        'scripts/a.sh': 'true\n',
      }),
    ]);
    const roles = new Map([...values].map(({ value, as }) => [value, as]));
    expect(['for people', 'app.', '/etc/f', 'one', 'a', 'true'].map((value) => roles.get(value))).toEqual([
      'file',
      'file',
      'command',
      'command',
      'command',
      'script',
    ]);
  });
});

async function check(files: Readonly<Record<string, string>>) {
  const bench = configuratorBench();
  bench.store.put('p/base/app.properties', 'a = 1\n');
  for (const [path, text] of Object.entries(files)) bench.store.put(`p/${path}`, text);
  const outcome = await bench.check();
  const problems = outcome.kind === 'ok' ? [] : (outcome.fault.problems ?? []);
  return {
    code: outcome.kind === 'ok' ? 'ok' : outcome.fault.code,
    problems: problems.map(({ file, line, message }) => `${file}:${line} ${message}`),
    log: bench.log,
  };
}

describe('law 4 over the plan: a generation is refused whole', () => {
  it('when an entry of the plan names another region', async () => {
    const plan = `logs:\n  app: { path: /x, endpoint: "https://${EAST}" }\n`;
    expect(await check({ 'base/plan.yaml': plan })).toMatchObject({
      code: 'LF_REGION_FOREIGN',
      problems: [
        `base/plan.yaml:2 plan.logs.app.endpoint names us-east-1: ${EAST} belongs in region/us-east-1: define plan.logs.app.endpoint for each region in its own, or allow it in plan.yaml with a reason`,
      ],
    });
  });

  it('when a log group shall be encrypted with a key of another region', async () => {
    const plan =
      'logs:\n  app:\n    path: /x\n    group: g\n    kmsKey: arn:aws:kms:eu-west-1:111122223333:key/mrk-1\n';
    expect(await check({ 'base/plan.yaml': plan })).toMatchObject({ code: 'ok' });
    const foreign = plan.replace('eu-west-1', 'us-east-1');
    expect(await check({ 'base/plan.yaml': foreign })).toMatchObject({
      code: 'LF_REGION_FOREIGN',
      problems: [
        'base/plan.yaml:5 plan.logs.app.kmsKey names us-east-1: arn:aws:kms:us-east-1:111122223333:key belongs in region/us-east-1: define plan.logs.app.kmsKey for each region in its own, or allow it in plan.yaml with a reason',
      ],
    });
  });

  it('when a script or an init document names one, and not when nobody runs it', async () => {
    const files = { 'base/scripts/a.sh': `true\ncurl https://${EAST}\n`, 'base/init.json': `["${EAST}"]` };
    expect(await check({ ...files, 'base/init.json': '{}' })).toMatchObject({ code: 'ok' });
    const plan = 'init: init.json\nscripts: { a: { run: scripts/a.sh } }\n';
    expect(await check({ ...files, 'base/plan.yaml': plan })).toMatchObject({
      code: 'LF_REGION_FOREIGN',
      problems: [/^base\/scripts\/a\.sh:2 /, /^base\/init\.json:1 /].map((start) =>
        expect.stringMatching(start),
      ),
    });
  });

  it('unless it is allowed by the path of the entry, or of the file within its layer', async () => {
    const plan = `
guard:
  allow:
    - { key: plan.logs.*, region: us-east-1, reason: r }
    - { key: scripts/a.sh, region: us-east-1, reason: r }
    - { key: nobody, region: us-east-1, reason: r }
    - { key: nobody, region: eu-west-1, reason: at home there is nothing to excuse }
    - { key: templates/*, region: us-east-1, reason: judged when it is rendered }
scripts: { a: { run: scripts/a.sh } }
logs: { app: { path: /x, endpoint: "https://${EAST}" } }
`;
    const { code, log } = await check({ 'base/plan.yaml': plan, 'base/scripts/a.sh': `curl ${EAST}\n` });
    expect(code).toBe('ok');
    expect(log.filter((line) => line.includes('guard.allow'))).toEqual([
      expect.stringMatching(/^guard\.allow for nobody in us-east-1 excuses nothing here.*"line":6/),
    ]);
  });
});

it('a plan that is wrong in any section refuses the generation', async () => {
  const bench = configuratorBench();
  bench.store.put('p/base/app.properties', 'a = 1\n');
  bench.store.put('p/base/plan.yaml', 'templates: { web: { source: templates/web, target: etc } }\n');
  expect(await bench.check()).toMatchObject({ kind: 'fail', fault: { code: 'LF_PLAN_INVALID' } });
  expect(bench.ring.active).toBeUndefined();
});

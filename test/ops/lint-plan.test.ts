import { beforeEach, describe, expect, it } from 'vitest';
import { BOTH, opsBench, PAYROLL, type OpsBench } from './ops-bench.ts';

let bench: OpsBench;
beforeEach(async () => {
  bench = await opsBench();
});

interface Linted {
  readonly problems: readonly { readonly code: string; readonly file: string; readonly line: number }[];
  readonly warnings: Linted['problems'];
}

async function lint(files: Readonly<Record<string, string>>) {
  const ran = await bench.run('lint', await bench.folder({ ...PAYROLL, ...files }), '--json');
  const { problems, warnings } = JSON.parse(ran.out) as Linted;
  const lines = (list: Linted['problems']) => list.map(({ code, file, line }) => `${code} ${file}:${line}`);
  return { code: ran.code, problems: lines(problems), warnings: lines(warnings), err: ran.err };
}

describe('the plans of a folder', () => {
  it('are checked layer by layer, also where nobody has that layer in full', async () => {
    const { code, problems } = await lint({
      'base/plan.yaml': 'templates: { web: { source: templates/web, target: /etc/web } }\n',
      'base/templates/web': '',
      'role/web/plan.yaml': 'templates: { web: { mode: "0600" } }\n',
      'instance/i-1/plan.yaml': 'scripts:\n  a: { run: scripts/a.sh }\n  b: { rnu: x }\n',
    });
    expect(code).toBe(5);
    expect(problems).toEqual([
      'LF_PLAN_INVALID instance/i-1/plan.yaml:2',
      'LF_PLAN_INVALID instance/i-1/plan.yaml:3',
      'LF_PLAN_INVALID instance/i-1/plan.yaml:3',
    ]);
  });

  it('are put together for each kind of instance', async () => {
    const { problems, err } = await lint({
      'role/web/plan.yaml': 'files: { a: { target: /etc/a, content: web } }\n',
      'role/worker/plan.yaml': 'files: { a: { content: worker } }\n',
    });
    expect(problems).toEqual(['LF_PLAN_INVALID role/worker/plan.yaml:1']);
    expect(err).toContain('files.a: needs target (in eu-west-1 as worker, in us-east-1 as worker)');
  });

  it('name files that are no properties', async () => {
    const files = {
      'base/plan.yaml': 'schema: schema.json\n',
      'base/schema.json': '{ "$id": "a", "@b": 1 }',
    };
    expect(await lint({ ...files, 'base/schema.json': '{ "$id": "https://a.example/b" }' })).toMatchObject({
      code: 0,
      problems: [],
    });
    expect(await lint({ 'base/schema.json': files['base/schema.json'] })).toMatchObject({
      problems: ['LF_FACT_ASSIGNED base/schema.json:1'],
    });
  });

  it('have their schemas hold for each kind of instance; of secrets nothing is known', async () => {
    const schema = {
      required: ['app.name'],
      properties: { workers: { type: 'integer' }, 'db.password': { minLength: 40 } },
    };
    const files = {
      'base/plan.yaml': 'schema: schema.json\n',
      'base/schema.json': JSON.stringify(schema),
      'base/secret.properties': 'db.password = ${@ssm:/payroll/db}\n',
    };
    expect(await lint(files)).toMatchObject({ code: 0, problems: [] });
    const { code, problems, err } = await lint({ ...files, 'role/web/web.yaml': 'a: 1\nworkers: many\n' });
    expect({ code, problems }).toEqual({ code: 5, problems: ['LF_SCHEMA role/web/web.yaml:2'] });
    expect(err).toContain('workers must be integer, says base/schema.json');
    expect(err).not.toContain('many');
  });

  it('are judged by the guard, with the scripts they run; other files are pointed at once', async () => {
    const { code, problems, warnings } = await lint({
      'base/plan.yaml': `
scripts: { a: { run: scripts/a.sh } }
guard:
  allow:
    - { key: plan.logs.*, region: us-east-1, reason: r }
    - { key: files/*, region: us-east-1, reason: r }
    - { key: stale, region: us-east-1, reason: r }
logs: { app: { path: /var/log/app, group: logs.us-east-1.amazonaws.com } }
`,
      'base/scripts/a.sh': 'curl sqs.us-east-1.amazonaws.com\n',
      'base/templates/t': 'sqs.us-east-1.amazonaws.com\n',
      'base/files/f': 'sqs.us-east-1.amazonaws.com\n',
    });
    expect({ code, problems }).toEqual({ code: 6, problems: ['LF_REGION_FOREIGN base/scripts/a.sh:1'] });
    expect(warnings).toEqual(['LF_ALLOW_UNUSED base/plan.yaml:7', 'LF_REGION_FOREIGN base/templates/t:1']);
  });

  it('are warned of what they remove for nobody', async () => {
    const { code, warnings } = await lint({
      'role/web/plan.yaml': 'logs: { app: { path: /x, group: g } }\n',
      'role/worker/w.properties': 'w = 1\n',
      'environment/prod/plan.yaml': 'logs: { app: , ap: }\n',
    });
    expect(code).toBe(0);
    expect(warnings).toEqual(['LF_PLAN_INVALID environment/prod/plan.yaml:1']);
  });

  it('stop a publication before anything is written, and fail a preview', async () => {
    const folder = await bench.folder({ ...PAYROLL, 'base/plan.yaml': 'schema: schema.json\n' });
    const published = await bench.run('publish', folder, ...BOTH, '--yes');
    expect(published).toMatchObject({ code: 5 });
    expect(published.err).toContain('base/plan.yaml:1: schema: base has no file schema.json');
    expect(bench.keys('eu-west-1')).toEqual([]);
    const previewed = await bench.run('preview', folder, '--region', 'eu-west-1', '--role', 'web');
    expect(previewed).toMatchObject({ code: 5 });
  });
});

import { describe, expect, it } from 'vitest';
import { linter } from './linted.ts';
import { BOTH, opsBench, PAYROLL } from './ops-bench.ts';

const lint = linter();

const plan = (allow: readonly string[] = []) => `
templates:
  app: { source: templates/app.conf, target: /etc/app.conf }
environmentFiles:
  app: { prefix: "app.", target: /etc/app.env }
guard:
  allow:
${allow.map((key) => `    - { key: "${key}", region: us-east-1, reason: r }`).join('\n')}
`;
const FOREIGN = 'sqs.us-east-1.amazonaws.com';
const eu = ['--regions', 'eu-west-1'];

describe('a file that holds a secret', () => {
  it.each([
    ['mode: "0644"', ['LF_SECRET_EXPOSED base/plan.yaml:2']],
    ['mode: "0640"', ['LF_SECRET_EXPOSED base/plan.yaml:2']],
    ['mode: "0640", group: app', []],
    ['mode: "0600"', []],
    ['owner: root', []],
  ])('is named where its mode opens it: %s', async (more, warnings) => {
    const found = await lint({
      'base/plan.yaml': `templates:\n  app: { source: templates/a, target: /etc/a, ${more} }\n`,
      'base/templates/a': 'pw={{ pw }} {{ db.host }}\n',
      'base/pw.properties': 'pw=${@ssm:/pw}\n',
    });
    expect(found).toMatchObject({ code: 0, warnings });
  });
});

describe('templates of a folder', () => {
  it('are rendered for each kind of instance, each with its properties', async () => {
    const { code, problems, messages } = await lint({
      'base/plan.yaml': plan(),
      'base/templates/app.conf': 'host={{ db.host }}\n\nbatch={{ batch }}\n',
      'role/web/web.yaml': 'batch: 1\n',
      'role/worker/w.yaml': 'other: 1\n',
    });
    expect({ code, problems }).toEqual({ code: 5, problems: ['LF_TEMPLATE base/templates/app.conf:3'] });
    expect(messages).toContain("there is no key 'batch'");
    expect(messages).toContain('(in eu-west-1 as worker, in us-east-1 as worker)');
  });

  it('are Liquid, and so are their parts; all that is wrong comes at once', async () => {
    const { problems } = await lint({
      'base/plan.yaml': `${plan()}files: { a: { source: files/none, target: /a } }\n`,
      'base/templates/app.conf': 'a\n{% include "part" %}\n',
      'base/templates/part': 'b\nc {% if %}\n',
      'role/web/plan.yaml': 'templates: { web: { source: templates/web, target: /web } }\n',
      'role/web/templates/web': '{{ app.name | nofilter }}\n',
    });
    expect(problems).toEqual([
      'LF_PLAN_INVALID base/plan.yaml:9',
      'LF_TEMPLATE base/templates/part:2',
      'LF_TEMPLATE role/web/templates/web:1',
    ]);
  });

  it('are left alone where the properties cannot be resolved', async () => {
    const { problems } = await lint({
      'base/plan.yaml': plan(),
      'base/templates/app.conf': '{{ nope }}\n',
      'base/broken.yaml': 'a: ${nope}\n',
    });
    expect(problems).toEqual(['LF_REFERENCE_UNKNOWN base/broken.yaml:1']);
  });

  it('take stand-ins for secrets', async () => {
    const { code, problems } = await lint({
      'base/plan.yaml': plan(),
      'base/s.properties': 'app.password = ${@ssm:/payroll/db}\n',
      'base/templates/app.conf': '{{ app.password }}\n',
    });
    expect({ code, problems }).toEqual({ code: 0, problems: [] });
  });

  it('that are independent only warn', async () => {
    const { code, warnings } = await lint({
      'base/plan.yaml': plan().replace('/etc/app.conf', '/etc/app.conf, independent: true'),
      'base/templates/app.conf': '{{ nope }}\n',
    });
    expect({ code, warnings }).toEqual({ code: 0, warnings: ['LF_TEMPLATE base/templates/app.conf:1'] });
  });

  it('stop a publication', async () => {
    const bench = await opsBench();
    const files = { 'base/plan.yaml': plan(), 'base/templates/app.conf': '{{ nope }}\n' };
    const ran = await bench.run('publish', await bench.folder({ ...PAYROLL, ...files }), ...BOTH, '--yes');
    expect(ran.code).toBe(5);
    expect(ran.err).toContain("base/templates/app.conf:1:4: there is no key 'nope'");
    expect(bench.keys('eu-west-1')).toEqual([]);
  });
});

describe('environment files of a folder', () => {
  it('need distinct names and a prefix that some key has', async () => {
    const { code, problems, messages } = await lint({
      'base/plan.yaml': `environmentFiles:\n  a: { prefix: "a.", target: /a }\n  b: { prefix: "b.", target: /b }\n`,
      'base/e.properties': 'a.x-y = 1\na.x.y = 2\n',
    });
    expect({ code, problems }).toEqual({
      code: 5,
      problems: ['LF_TEMPLATE base/plan.yaml:2', 'LF_TEMPLATE base/plan.yaml:3'],
    });
    expect(messages).toContain("'a.x-y' and 'a.x.y' are both X_Y");
    expect(messages).toContain("no key starts with 'b.'");
  });
});

describe('the region in what is rendered', () => {
  it('refuses where it comes out, with the line of the source', async () => {
    const { code, problems, warnings, messages } = await lint({
      'base/plan.yaml': plan(),
      'base/templates/app.conf': "\n{% include 'part' %}\n",
      'base/templates/part': `a\n{% if landfall.region == "eu-west-1" %}q=${FOREIGN}{% endif %}\n`,
    });
    expect({ code, problems, warnings }).toEqual({
      code: 6,
      problems: ['LF_REGION_FOREIGN base/templates/part:2'],
      warnings: [],
    });
    expect(messages).toContain(
      'templates/app.conf names us-east-1: write sqs.{{ landfall.region }}.amazonaws.com',
    );
    expect(messages).toContain('(in eu-west-1)');
  });

  it('may stand in a comment that is not put out', async () => {
    const { code, warnings } = await lint({
      'base/plan.yaml': plan(),
      'base/templates/app.conf': `{% comment %} ${FOREIGN} {% endcomment %}\n`,
    });
    expect({ code, warnings }).toEqual({ code: 0, warnings: [] });
  });

  it('is reported once, where the value is written that brings it', async () => {
    const { code, problems } = await lint({
      'base/plan.yaml': plan(),
      'base/q.properties': `app.queue = ${FOREIGN}\n`,
      'base/templates/app.conf': '{{ app.queue }}\n',
    });
    expect({ code, problems }).toEqual({ code: 6, problems: ['LF_REGION_FOREIGN base/q.properties:1'] });
  });

  it('has to be allowed for what is rendered, too; what no instance needs is told', async () => {
    const files = {
      'base/q.properties': `app.queue = ${FOREIGN}\n`,
      'base/templates/app.conf': '{{ app.queue }}\n',
    };
    const halfway = await lint({ ...files, 'base/plan.yaml': plan(['app.queue']) });
    expect(halfway).toMatchObject({
      code: 6,
      problems: ['LF_REGION_FOREIGN base/plan.yaml:3', 'LF_REGION_FOREIGN base/plan.yaml:5'],
    });
    expect(halfway.messages).toContain('environmentFiles.app names us-east-1 in line 2 of /etc/app.env');
    const all = ['app.queue', 'environmentFiles.app', 'templates/app.conf'];
    expect(await lint({ ...files, 'base/plan.yaml': plan(all) })).toMatchObject({ code: 0, warnings: [] });
    const stale = ['environmentFiles.other', 'files.motd', 'init.*', 'templates/none'];
    expect(await lint({ ...files, 'base/plan.yaml': plan([...all, ...stale]) })).toMatchObject({
      code: 0,
      warnings: [11, 12, 13, 14].map((line) => `LF_ALLOW_UNUSED base/plan.yaml:${line}`),
    });
  });

  it('is allowed to those whose plan says so', async () => {
    const { code, problems, messages } = await lint({
      'base/plan.yaml': plan(),
      'base/templates/app.conf': `${FOREIGN}\n`,
      'role/web/plan.yaml': plan(['templates/app.conf']).slice(plan().indexOf('guard:')),
      'role/worker/w.yaml': 'a: 1\n',
    });
    expect({ code, problems }).toEqual({
      code: 6,
      problems: ['LF_REGION_FOREIGN base/templates/app.conf:1'],
    });
    expect(messages).toContain('(in eu-west-1 as worker)');
  });

  it('is allowed for inline content by the name of its entry', async () => {
    const motd = `files: { motd: { content: ${FOREIGN}, target: /etc/motd } }\n`;
    const { code, warnings } = await lint({
      'base/plan.yaml': plan(['plan.files.motd.content', 'files.motd']).replace(
        'templates:',
        `${motd}templates:`,
      ),
      'base/templates/app.conf': '',
    });
    expect({ code, warnings }).toEqual({ code: 0, warnings: [] });
  });

  it('needs no entry at home, and an entry for home is not stale', async () => {
    const files = { 'base/plan.yaml': plan(['x']), 'base/templates/app.conf': `${FOREIGN}\n` };
    expect(await lint(files, '--regions', 'us-east-1')).toMatchObject({ code: 0, warnings: [] });
    expect(await lint(files, ...eu)).toMatchObject({
      code: 6,
      warnings: ['LF_ALLOW_UNUSED base/plan.yaml:8'],
    });
  });

  it('leaves open what an entry is for while something cannot be rendered', async () => {
    const { code, warnings } = await lint({
      'base/plan.yaml': plan(['app.queue', 'environmentFiles.app', 'templates/app.conf']),
      'base/q.properties': `app.queue = ${FOREIGN}\n`,
      'base/templates/app.conf': '{{ nope }} {{ app.queue }}\n',
    });
    expect({ code, warnings }).toEqual({ code: 5, warnings: [] });
  });
});

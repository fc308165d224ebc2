import { describe, expect, it } from 'vitest';
import { linter } from './linted.ts';
import { opsBench } from './ops-bench.ts';

const lint = linter();

const init = (config: object, rest: object = {}) => ({
  'base/plan.yaml': 'init: { web: init.json, other: other.json }\n',
  'base/init.json': JSON.stringify({ 'AWS::CloudFormation::Init': { ...rest, config } }),
  'base/other.json': '{ "config": {} }',
});
const FOREIGN = 'sqs.us-east-1.amazonaws.com';

describe('init documents of a folder', () => {
  it.each([
    ['no JSON', { 'base/init.json': '{' }, 'LF_INIT_INVALID', 'is not JSON'],
    ['an unknown section', init({ sysvint: {} }), 'LF_INIT_INVALID', 'config/sysvint: is unknown here'],
    [
      'an unknown attribute',
      init({ files: { '/a': { content: 'x', owwner: 'root' } } }),
      'LF_INIT_INVALID',
      'config/files//a/owwner: is unknown here',
    ],
    [
      'an intrinsic function',
      init({ files: { '/a': { content: { 'Fn::Join': ['', []] } } } }),
      'LF_INIT_UNSUPPORTED',
      'config/files//a/content/Fn::Join: is an intrinsic function',
    ],
    [
      'a circle of sets',
      init({}, { configSets: { default: [{ ConfigSet: 'b' }], b: [{ ConfigSet: 'default' }] } }),
      'LF_INIT_INVALID',
      'circle: default -> b -> default',
    ],
    [
      'what lies outside of S3',
      init({ sources: { '/a': 'https://example.com/a.zip' } }),
      'LF_INIT_UNSUPPORTED',
      'its host is not S3 of eu-west-1',
    ],
  ])('are refused for %s', async (_, files, reason, message) => {
    const { code, problems, messages } = await lint({ ...init({}), ...files });
    expect(code).toBe(5);
    expect(new Set(problems)).toEqual(new Set([`${reason} base/init.json`]));
    expect(messages).toContain(message);
  });

  it('report each document at once', async () => {
    const { problems } = await lint({ ...init({ a: {} }), 'base/other.json': '[]' });
    expect(problems).toEqual(['LF_INIT_INVALID base/init.json', 'LF_INIT_INVALID base/other.json']);
  });

  it('fetch from S3 of the region they are for', async () => {
    const files = init({ files: { '/a': { source: 'https://s3.us-east-1.amazonaws.com/bucket/a' } } });
    const { code, messages } = await lint(files);
    expect(code).toBe(5);
    expect(messages).toMatch(/its host is not S3 of eu-west-1.*\(in eu-west-1\)/);
    expect(await lint(files, '--regions', 'us-east-1')).toMatchObject({ code: 0 });
  });

  it('may be for the right region while none is known', async () => {
    const bench = await opsBench();
    const files = init({ files: { '/a': { source: 'https://s3.us-east-1.amazonaws.com/bucket/a' } } });
    const ran = await bench.run('lint', await bench.folder(files));
    expect(ran.code).toBe(0);
    expect(ran.out).toContain('its host is not S3 of its region');
    const broken = init({ files: { '/a': { content: { Ref: 'x' } } } });
    expect((await bench.run('lint', await bench.folder(broken))).code).toBe(5);
  });

  it('need an entry for their lines and one for what they write', async () => {
    const files = init({ files: { '/a': { content: FOREIGN } } });
    const allowing = (...keys: string[]) => ({
      ...files,
      'base/plan.yaml': `${files['base/plan.yaml']}guard:\n  allow:\n${keys
        .map((key) => `    - { key: "${key}", region: us-east-1, reason: r }\n`)
        .join('')}`,
    });
    expect(await lint(files)).toMatchObject({ code: 6, problems: ['LF_REGION_FOREIGN base/init.json:1'] });
    const half = await lint(allowing('init.json'));
    expect(half).toMatchObject({ code: 6, problems: ['LF_REGION_FOREIGN base/init.json'] });
    expect(half.messages).toContain('init.web.files./a names us-east-1');
    expect(await lint(allowing('init.json', 'init.web.files./a', 'init.web.files./b'))).toMatchObject({
      code: 0,
      warnings: ['LF_ALLOW_UNUSED base/plan.yaml:6'],
    });
  });
});

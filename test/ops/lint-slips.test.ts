import { beforeEach, describe, expect, it } from 'vitest';
import { opsBench, type OpsBench } from './ops-bench.ts';

let bench: OpsBench;
beforeEach(async () => {
  bench = await opsBench();
});

const lint = async (files: Readonly<Record<string, string>>) =>
  bench.run('lint', await bench.folder(files), '--regions', 'eu-west-1');

describe('lint names slips that are no errors', () => {
  it.each([
    [
      'a default as a shell writes it',
      'host=${HOST:-localhost}',
      /base\/a\.properties:1.*as a shell writes it.*\$\{NAME:default\}/,
    ],
    ['the same with :=', 'port=${PORT:=80}', /as a shell writes it/],
    ['the same with :?', 'q=${Q:?must be set}', /as a shell writes it/],
    ['a blank at the end', 'password=abc ', /the value of "password" ends in a blank/],
    ['a tab at the end', 'flag=true\t', /ends in a blank/],
    ['a backslash that disappears', String.raw`pw=ab\cd`, /a backslash before this letter disappears/],
    ['a Windows path', String.raw`path=C:\Program\x`, /a backslash before this letter disappears/],
    ['a key with NBSP', 'db.host\u00a0=web', /the key "db\.host\\u00a0" holds a character that nobody sees/],
    ['a key with a zero-width blank', 'port\u200b=1', /the key "port\\u200b" holds/],
    ['a key that ends in a blank', 'db.host\\ =web', /the key "db\.host " begins or ends with a blank/],
    [
      'a host with a zero-width blank',
      'h=db.example.com\u200b',
      /the value of "h" holds .* nobody sees, \\u200b/,
    ],
    ['a change of direction', 'h=a\u202eb', /the value of "h" holds .*\\u202e/],
    ['NBSP before a value', 'h=\u00a0x', /the value of "h" holds .*\\u00a0/],
    [
      'a parameter as Serverless writes it',
      'p=${ssm:/x}',
      /"p" has \$\{ssm:.* its default here; write \$\{@ssm:/,
    ],
    ['a secret without its @', 'p=${secret:db#password}', /"p" has \$\{secret:.*\$\{@secret:name\}/],
    ['a variable as log4j writes it', 'p=${env:HOME}', /no value reads the environment/],
    ['a pseudo parameter of CloudFormation', 'p=${AWS::Region}', /the region here is \$\{@region\}/],
    ['its dynamic references', 'p={{resolve:ssm:/x:1}}', /\{\{resolve:, which is text like any other/],
  ])('%s', async (_, line, warning) => {
    const ran = await lint({ 'base/a.properties': `${line}\n` });
    expect(ran.code).toBe(0);
    expect(ran.out).toMatch(warning);
  });

  it.each([
    'a=${b:-1}\n',
    'a=${b:-0.5}\n',
    'a=${b:+1}\n',
    'a=${b: -x}\n',
    'a=\\t\\n\\u00e9\\=\\:\n',
    'a=one\\\n  two\n',
    'schlüssel=1\n',
    'a=$${HOST:-x}\n',
    'a=${env:prod}\n',
    'a=$${ssm:/x} {{ resolve }} ${b:{ssm:/x}}\n',
    'a=10\u00a0000 \u20ac \u{1f468}\u200d\u{1f469} \u0645\u06cc\u200c\u062e\n',
  ])('and says nothing of %j', async (text) => {
    const ran = await lint({ 'base/a.properties': text });
    expect(ran).toMatchObject({ code: 0, out: expect.not.stringContaining('warning') });
  });

  it('lines of their own under a key that were meant to be a map', async () => {
    const ran = await lint({ 'base/a.yaml': 'db:\n  host:localhost\n  port:1\nb: host:1\n' });
    expect(ran.out).toMatch(/warning.*base\/a\.yaml:2:3.*a blank is missing after the colon/);
    expect(ran.out.match(/a blank is missing/g)).toHaveLength(1);
  });

  it('two keys of one variable, where a plan runs something', async () => {
    const keys = { 'base/a.yaml': 'db.host: a\ndb_host: b\nDB.HOST: c\n' };
    const runs = {
      'base/plan.yaml': 'scripts: { s: { run: scripts/s.sh } }\n',
      'base/scripts/s.sh': '#!/bin/sh\n',
    };
    const ran = await lint({ ...keys, ...runs });
    expect(ran.code).toBe(0);
    expect(ran.out).toMatch(
      /base\/a\.yaml:1.*db\.host is not among the variables of scripts and hooks: DB\.HOST is DB_HOST/,
    );
    expect(ran.out).toMatch(/base\/a\.yaml:2.*db_host is not among/);
    expect((await lint(keys)).out).not.toContain('is not among the variables');
  });
});

describe('lint says what to do', () => {
  it.each([
    [
      'a shell variable in a value',
      'base/a.properties',
      'cmd=java ${JAVA_OPTS} -jar x\n',
      /write \$\$\{JAVA_OPTS\} where the text itself is meant/,
    ],
    ['a file of `a:b`', 'base/a.yaml', 'a:b\n', /base\/a\.yaml:1:1: a blank is missing after the colon/],
    [
      'NBSP after a colon',
      'base/a.yaml',
      'a:\u00a01\n',
      /base\/a\.yaml:1:1: the blank after the colon is none/,
    ],
    [
      'one such line in a map',
      'base/a.yaml',
      'db:\n  host:localhost\n  port: 1\n',
      /base\/a\.yaml:2:3: a blank is missing after the colon/,
    ],
    [
      'a key that is required and blank',
      'base/a.yaml',
      'a: " "\n',
      /base\/plan\.yaml:2: the plan requires a, and its value in base\/a\.yaml:1 is blank/,
    ],
    [
      'a key that is required and missing',
      'base/a.yaml',
      'b: 1\n',
      /base\/plan\.yaml:2: the plan requires a, and no layer gives it a value/,
    ],
  ])('about %s', async (_, path, text, problem) => {
    const ran = await lint({ [path]: text, 'base/plan.yaml': '# keys\nrequire: [a]\n' });
    expect(ran.code).toBe(5);
    expect(ran.err).toMatch(problem);
  });
});

import { describe, expect, it } from 'vitest';
import { beforeEach } from 'vitest';
import { linter } from './linted.ts';
import { BOTH, opsBench, PAYROLL, type OpsBench } from './ops-bench.ts';

const lint = linter();

describe('what is no configuration', () => {
  it.each([
    [
      'a conflict in properties',
      'base/c.properties',
      '<<<<<<< HEAD\na=1\n=======\na=2\n>>>>>>> x\n',
      [1, 3, 5],
    ],
    ['its last marker alone, with CR LF', 'base/c.properties', 'a=1\r\n>>>>>>> x\r\n', [2]],
    ['seven equals signs in YAML', 'base/c.yaml', 'a: 1\n=======\n', [2]],
    [
      'a conflict of three sides in a script',
      'base/scripts/s.sh',
      '#!/bin/sh\n<<<<<<< a\n||||||| b\n=======\n>>>>>>> c\n',
      [2, 3, 4, 5],
    ],
    ['a conflict in a template', 'base/templates/t', 'x\n<<<<<<< HEAD\n', [2]],
    [
      'a pointer of git LFS',
      'base/files/a.bin',
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\n',
      [1],
    ],
    ['a file of git-crypt', 'base/c.properties', '\0GITCRYPT\0abc', [1]],
    ['a vault of ansible', 'base/c.yaml', '$ANSIBLE_VAULT;1.1;AES256\n6131\n', [1]],
    ['values of sops', 'base/c.yaml', 'db:\n  pw: ENC[AES256_GCM,data:ab,iv:x,tag:y,type:str]\n', [1]],
    ['values of sops in JSON', 'base/c.json', '{\n"pw": "ENC[AES256_GCM,data:ab]"}', [1]],
    ['a link that leads out as text', 'base/c.properties', '../../shared/app.properties', [1]],
    ['a link as text', 'role/web/c.properties', '../../base/app.properties', [1]],
  ])('%s is refused with file and line', async (_, file, text, lines) => {
    const { code, problems } = await lint({ [file]: text });
    expect(code).toBe(5);
    const found = problems.filter((row) => row.startsWith('LF_NOT_CONFIGURATION'));
    expect(found).toEqual(lines.map((line) => `LF_NOT_CONFIGURATION ${file}:${line}`));
  });

  it.each([
    ['a title that is underlined', 'base/files/notes.rst', 'A title\n=======\n'],
    ['eight of them', 'base/c.properties', 'a = <<<<<<<< b\n'],
    ['a path that is a value', 'base/files/where', 'no/such/file\n'],
    ['a path as a line of text', 'base/files/where', '../../no/such/file\n'],
    ['what an application decrypts', 'base/c.properties', 'pw=ENC(abc)\nkey=x ENC[AES256_GCM,data:a]\n'],
  ])('%s is none', async (_, file, text) => {
    expect((await lint({ [file]: text })).problems).toEqual([]);
  });
});

describe('a file that nobody reads', () => {
  it.each([
    ['app.YML', '.yml, in small letters'],
    ['app.toml', 'no plan of its layer names it'],
    ['app.yaml.txt', 'call it app.yaml'],
    ['app.proprties', 'did you mean .properties'],
    ['Plan.yaml', 'a plan is called plan.yaml'],
    ['plan.json', 'a plan is called plan.yaml'],
  ])('%s is named', async (name, said) => {
    const { code, warnings, messages } = await lint({
      [`role/web/${name}`]: name.endsWith('json') ? '{"a": 1}' : 'a: 1\n',
    });
    expect(code).toBe(0);
    expect(warnings).toContain(`LF_FILE_UNREAD role/web/${name}`);
    expect(messages).toContain(said);
  });

  it('but one for people, or one that a plan names, is not', async () => {
    const files = {
      'role/web/README.md': '# x\n',
      'role/web/hosts.tpl': 'x\n',
      'role/web/plan.yaml': 'templates:\n  hosts:\n    source: hosts.tpl\n    target: /tmp/never\n',
    };
    const { warnings } = await lint(files);
    expect(warnings.filter((row) => row.startsWith('LF_FILE_UNREAD'))).toEqual([]);
  });

  it('a region with a slip is named, with the one that was meant', async () => {
    const { code, warnings, messages } = await lint(
      { 'region/eu-wset-1/x.properties': 'x=1\n' },
      '--regions',
      'eu-west-1',
    );
    expect(code).toBe(0);
    expect(warnings).toContain('LF_LAYER_UNKNOWN region/eu-wset-1');
    expect(messages).toContain('did you mean eu-west-1?');
  });
});

describe('a region on the command line', () => {
  it('with a slip is refused with the one that was meant, and one that may have opened since is not', async () => {
    // It lacks a key there, which is another matter.
    expect((await lint({}, '--regions', 'eu-west-1,ap-southeast-9')).problems).toEqual([
      'LF_REQUIRED_MISSING base/plan.yaml:1',
    ]);
    const bench = await opsBench();
    const ran = await bench.run(
      'publish',
      await bench.folder(PAYROLL),
      '--to',
      's3://x-{region}/y',
      '--regions',
      'eu-wset-1',
    );
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean eu-west-1?') });
  });
});

describe('what must not be published', () => {
  let bench: OpsBench;
  beforeEach(async () => {
    bench = await opsBench();
  });

  it('leftovers of editors are named and left out', async () => {
    const names = [
      'app.properties~',
      'app.properties.bak',
      '#app.properties#',
      'files/.motd.swp',
      'files/motd~',
      'files/.DS_Store',
    ];
    const files = Object.fromEntries(names.map((name) => [`base/${name}`, 'db.pool=999\n']));
    const folder = await bench.folder({ ...PAYROLL, ...files });
    const linted = await bench.run('lint', folder);
    for (const name of names) expect(linted.out).toContain(`base/${name}`);
    await bench.run('publish', folder, ...BOTH);
    const { layers = {} } = bench.pointer('eu-west-1')?.stable ?? {};
    expect(JSON.stringify(layers['base'])).not.toMatch(/~|bak|#|swp|DS_Store/);
  });

  it.each([
    ['a private key', 'files/id_rsa', 'x\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n', 2],
    ['a key of an account', 'k.properties', 'a=1\naws.key=AKIAIOSFODNN7EXAMPLE\n', 2],
  ])('%s is warned of with file and line, and not repeated', async (_, name, text, line) => {
    const { code, warnings, messages } = await lint({ [`base/${name}`]: text });
    expect(code).toBe(0);
    expect(warnings).toContain(`LF_KEY_PUBLISHED base/${name}:${line}`);
    expect(messages).not.toContain('AKIA');
  });

  it.each([[[]], [['--json']]])('no password gets into the log of a pipeline %s', async (more) => {
    const secrets =
      'db.password=hunter2hunter2\naws.key=AKIAIOSFODNN7EXAMPLE\nurl=https://a:hunter3@example.com\n';
    const ran = await bench.run(
      'publish',
      await bench.folder({ ...PAYROLL, 'base/s.properties': secrets }),
      ...BOTH,
      ...more,
    );
    expect(ran.code).toBe(0);
    expect(ran.out + ran.err).not.toMatch(/hunter|AKIA/);
    expect(ran.out).toContain('db.password');
  });
});

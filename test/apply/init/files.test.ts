import { lstat, mkdir, readFile, readlink, readdir, symlink, writeFile, lchown } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { installPrograms } from './fake-host.ts';
import { generationOf } from '../../support/generations.ts';
import { changesOf, faultIn, initBench, REGION } from './init-bench.ts';

const doc = (files: unknown) => ({ config: { files } });

test('files are written with content, mode and owner; a second run changes nothing and says so', async () => {
  const bench = await initBench();
  const document = doc({
    'ROOT/etc/app/motd': { content: 'hello\n', mode: '000600', owner: 'root', group: 'root' },
    'ROOT/etc/app/app.json': { content: { port: 80, hosts: ['a'] } },
    'ROOT/etc/app/key': { content: 'aGVsbG8=', encoding: 'base64' },
  });
  expect(changesOf(await bench.run(document))).toEqual([
    'create /etc/app/app.json',
    'create /etc/app/key',
    'create /etc/app/motd',
  ]);
  expect(await readFile(bench.at('etc/app/motd'), 'utf8')).toBe('hello\n');
  expect((await lstat(bench.at('etc/app/motd'))).mode & 0o7777).toBe(0o600);
  expect(await readFile(bench.at('etc/app/app.json'), 'utf8')).toBe('{"port":80,"hosts":["a"]}');
  expect(await readFile(bench.at('etc/app/key'), 'utf8')).toBe('hello');
  expect((await lstat(bench.at('etc/app/key'))).mode & 0o7777).toBe(0o644);
  expect(changesOf(await bench.run(document))).toEqual([]);
  expect(await readdir(bench.at('etc/app'))).toEqual(['app.json', 'key', 'motd']);
});

test('mode 120xxx makes a symbolic link to the content', async () => {
  const bench = await initBench();
  const document = doc({ 'ROOT/etc/current': { content: '/opt/app-2', mode: '120644' } });
  expect(changesOf(await bench.run(document))).toEqual(['create /etc/current']);
  expect(await readlink(bench.at('etc/current'))).toBe('/opt/app-2');
  expect(changesOf(await bench.run(document))).toEqual([]);
  expect(
    changesOf(await bench.run(doc({ 'ROOT/etc/current': { content: '/opt/app-3', mode: '120644' } }))),
  ).toEqual(['replace /etc/current']);
  expect(await readlink(bench.at('etc/current'))).toBe('/opt/app-3');
});

const template = (content: string) =>
  doc({ 'ROOT/etc/t': { content, context: { user: { name: 'a<b' }, n: 3 } } });

test('a context fills the variables of a template, and an unknown one is an error before anything is written', async () => {
  const bench = await initBench();
  changesOf(await bench.run(template('{{! note }}{{user.name}} {{{ user.name }}} {{&user.name}} {{n}}')));
  expect(await readFile(bench.at('etc/t'), 'utf8')).toBe('a&lt;b a<b a<b 3');
  expect(faultIn(await bench.run(template('{{nobody}}')))).toMatchObject({ code: 'LF_INIT_INVALID' });
  expect(faultIn(await bench.run(template('{{> n}}')))).toMatchObject({ code: 'LF_INIT_UNSUPPORTED' });
  expect(await readFile(bench.at('etc/t'), 'utf8')).toBe('a&lt;b a<b a<b 3');
});

test('a file comes from S3 of this region, however that is written', async () => {
  const bench = await initBench();
  await bench.put('assets/etc/app conf', 'from s3 {{who}}');
  const sources = [
    's3://assets/etc/app conf',
    `https://assets.s3.${REGION}.amazonaws.com/etc/app%20conf`,
    `https://s3.${REGION}.amazonaws.com/assets/etc/app%20conf`,
  ];
  for (const [index, source] of sources.entries()) {
    const document = doc({
      [`ROOT/etc/${index}`]: { source, context: { who: 'us' }, authentication: 'S3Creds' },
    });
    changesOf(await bench.run(document));
    expect(await readFile(bench.at(`etc/${index}`), 'utf8')).toBe('from s3 us');
  }
  const absent = doc({ 'ROOT/etc/x': { source: 's3://assets/none' } });
  const fault = { code: 'LF_INIT', subject: `init.web config/files/${bench.root}/etc/x` };
  // While nothing is in effect it may still be on its way.
  expect(await bench.run(absent)).toMatchObject({ kind: 'retry', fault });
  expect(await bench.run(absent, { before: generationOf(1, {}) })).toMatchObject({ kind: 'fail', fault });
});

test.each([
  'https://example.com/a',
  'http://assets.s3.REGION.amazonaws.com/a',
  'https://s3.amazonaws.com/assets/a',
  'https://assets.s3.REGION.amazonaws.com.evil.example/a',
  'https://assets.s3.REGION.amazonaws.com/a?versionId=1',
  'ftp://example.com/a',
  's3://assets',
])('a source outside of this region’s S3 is not supported: %s', async (source) => {
  const bench = await initBench();
  const fault = faultIn(await bench.run(doc({ 'ROOT/etc/x': { source: source.replace('REGION', REGION) } })));
  expect(fault).toMatchObject({ code: 'LF_INIT_UNSUPPORTED' });
  expect(fault.cause).toContain(`s3://bucket/key`);
  expect(bench.fetches).toEqual([]);
});

test('a link in the place of a file is replaced and never written through', async () => {
  const bench = await initBench();
  await mkdir(bench.at('etc'));
  await writeFile(bench.at('victim'), 'precious');
  await symlink(bench.at('victim'), bench.at('etc/motd'));
  changesOf(await bench.run(doc({ 'ROOT/etc/motd': { content: 'hello' } })));
  expect(await readFile(bench.at('victim'), 'utf8')).toBe('precious');
  expect((await lstat(bench.at('etc/motd'))).isFile()).toBe(true);
});

test('a link that another user laid on the way is not followed', async () => {
  if (process.geteuid?.() !== 0) throw new Error('this test needs root, to give a link to another user');
  const bench = await initBench();
  await mkdir(bench.at('victim'));
  await symlink(bench.at('victim'), bench.at('home'));
  await lchown(bench.at('home'), 1234, 1234);
  const fault = faultIn(await bench.run(doc({ 'ROOT/home/.ssh/authorized_keys': { content: 'key' } })));
  expect(fault).toMatchObject({ code: 'LF_INIT' });
  expect(fault.cause).toContain('1234');
  expect(await readdir(bench.at('victim'))).toEqual([]);
});

test('a folder in the place of a file is left alone', async () => {
  const bench = await initBench();
  await mkdir(bench.at('etc/motd'), { recursive: true });
  expect(faultIn(await bench.run(doc({ 'ROOT/etc/motd': { content: 'x' } })))).toMatchObject({
    code: 'LF_INIT',
  });
});

test('the register has the path before the file is there, and keeps what others put in', async () => {
  const bench = await initBench();
  await bench.host.register.save([{ path: '/etc/other', sha256: 'ab' }]);
  const withCommand = {
    config: {
      groups: { staff: {} },
      files: { 'ROOT/etc/motd': { content: 'x' } },
    },
  };
  // The first thing that runs is this: by then the register has to be written.
  const groupadd = `cp ${bench.at('state/register')} ${bench.at('seen')}\nexit 1`;
  await installPrograms(bench.at('bin'), { groupadd });
  faultIn(await bench.run(withCommand));
  const seen = JSON.parse(await readFile(bench.at('seen'), 'utf8')) as { path: string }[];
  expect(seen.map(({ path }) => path)).toEqual(['/etc/other', bench.at('etc'), bench.at('etc/motd')]);
});

test('content of more than 16 MiB is refused before anything is written', async () => {
  const bench = await initBench();
  const big = 'x'.repeat(16 * 1024 * 1024 - 200);
  const document = doc({
    'ROOT/a': { content: 'a' },
    'ROOT/b': { content: '{{x}}', context: { x: big } },
  });
  changesOf(await bench.run(document));
  const tooBig = doc({
    'ROOT/c': { content: 'c' },
    'ROOT/d': { content: '{{x}}{{x}}', context: { x: big } },
  });
  expect(faultIn(await bench.run(tooBig))).toMatchObject({ code: 'LF_INIT_INVALID' });
  await expect(lstat(bench.at('c'))).rejects.toThrow('ENOENT');
  expect(faultIn(await bench.run(doc({ 'ROOT/e': { content: `${big}${'x'.repeat(400)}` } })))).toMatchObject({
    code: 'LF_INIT_INVALID',
  });
});

test('an owner may be a number without an account, and a name as long as the file system allows', async () => {
  const bench = await initBench();
  const name = 'x'.repeat(255);
  const file = { content: 'x', owner: '1234', group: '4321' };
  changesOf(await bench.run(doc({ [`ROOT/etc/${name}`]: file })));
  const { uid, gid } = await lstat(bench.at(`etc/${name}`));
  expect([uid, gid]).toEqual([1234, 4321]);
  expect(await readdir(bench.at('etc'))).toEqual([name]);
});

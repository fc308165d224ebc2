import { chmod, lstat, readFile, rm, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { changesOf, faultIn, initBench, type InitBench } from './init-bench.ts';

const FILES = {
  'ROOT/etc/edited': { content: 'port=PORT\n', mode: '000644' },
  'ROOT/etc/moved': { content: 'moved\n' },
  'ROOT/etc/closed': { content: 'closed\n', mode: '000644' },
};
const COMMANDS = {
  '1_edit': { command: 'sed -i s/PORT/8080/ ROOT/etc/edited; echo edit >>ROOT/said' },
  '2_move': { command: 'mv ROOT/etc/moved ROOT/etc/elsewhere' },
  '3_close': { command: 'chmod 600 ROOT/etc/closed' },
};
const config = (more = {}) => ({ files: FILES, commands: COMMANDS, ...more });

async function expectEdited(bench: InitBench): Promise<void> {
  expect(await readFile(bench.at('etc/edited'), 'utf8')).toBe('port=8080\n');
  expect(await readFile(bench.at('etc/elsewhere'), 'utf8')).toBe('moved\n');
  await expect(lstat(bench.at('etc/moved'))).rejects.toThrow('ENOENT');
  expect((await lstat(bench.at('etc/closed'))).mode & 0o777).toBe(0o600);
}

const said = async (bench: InitBench): Promise<number> =>
  (await readFile(bench.at('said'), 'utf8')).split('\n').length - 1;

it('a document that ended well is left alone: what its commands edited, moved or closed stays so', async () => {
  const bench = await initBench();
  const document = { config: config() };
  expect(changesOf(await bench.run(document))).toHaveLength(6);
  await expectEdited(bench);
  expect(changesOf(await bench.preview(document))).toEqual([]);
  expect(changesOf(await bench.run(document))).toEqual([]);
  await expectEdited(bench);
  expect(await said(bench)).toBe(1);
});

it('when the document changes elsewhere, files are written again and so the commands of their config run again', async () => {
  const bench = await initBench();
  const sets = { configSets: { default: ['first', 'second'] } };
  changesOf(await bench.run({ ...sets, first: config(), second: { groups: {} } }));
  await rm(bench.at('etc/elsewhere'));
  const changed = { ...sets, first: config(), second: { commands: { a: { command: 'true' } } } };
  const changes = changesOf(await bench.run(changed));
  expect(changes).toContain('replace /etc/edited');
  expect(changes).toContain('run command first/1_edit');
  await expectEdited(bench);
  expect(await said(bench)).toBe(2);
});

it('an object that changed is written, and the commands that edit it run again', async () => {
  const bench = await initBench();
  await bench.put('assets/app.conf', 'port=PORT old\n');
  const document = {
    config: {
      files: { 'ROOT/etc/edited': { source: 's3://assets/app.conf' } },
      commands: { a: { command: 'sed -i s/PORT/8080/ ROOT/etc/edited' } },
    },
  };
  changesOf(await bench.run(document));
  await bench.put('assets/app.conf', 'port=PORT new\n');
  expect(changesOf(await bench.run(document))).toEqual(['replace /etc/edited', 'run command config/a']);
  expect(await readFile(bench.at('etc/edited'), 'utf8')).toBe('port=8080 new\n');
  expect(changesOf(await bench.run(document))).toEqual([]);
});

it('a run that failed at a command is taken up there: what the commands before it edited is not put back', async () => {
  const bench = await initBench();
  const document = {
    config: config({ commands: { ...COMMANDS, '4_fails': { command: 'test -e ROOT/mended' } } }),
  };
  expect(faultIn(await bench.run(document)).code).toBe('LF_INIT');
  await expectEdited(bench);
  await writeFile(bench.at('mended'), '');
  expect(changesOf(await bench.run(document))).toEqual(['run command config/4_fails']);
  await expectEdited(bench);
  expect(await said(bench)).toBe(1);
});

it('a file that a person edited stays until the document changes, and then it is as the document says', async () => {
  const bench = await initBench();
  const document = { config: { files: FILES } };
  changesOf(await bench.run(document));
  await writeFile(bench.at('etc/edited'), 'by hand\n');
  await chmod(bench.at('etc/edited'), 0o666);
  expect(changesOf(await bench.run(document))).toEqual([]);
  expect(changesOf(await bench.run({ config: { files: FILES, groups: {} } }))).toEqual([
    'replace /etc/edited',
  ]);
  expect(await readFile(bench.at('etc/edited'), 'utf8')).toBe('port=PORT\n');
});

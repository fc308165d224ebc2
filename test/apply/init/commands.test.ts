import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { changesOf, faultIn, initBench } from './init-bench.ts';

const doc = (commands: unknown) => ({ config: { commands } });

test('commands run by name, as shell lines or without a shell, each once for its config as written', async () => {
  const bench = await initBench();
  const document = doc({
    '02_list': { command: ['/bin/sh', '-c', 'echo "$1" >>"$0"', 'ROOT/said', 'two; not a shell'] },
    '01_line': { command: 'echo one >>ROOT/said && echo done >>ROOT/said' },
    '10_last': { command: 'echo ten >>ROOT/said' },
  });
  expect(changesOf(await bench.run(document))).toEqual([
    'run command config/01_line',
    'run command config/02_list',
    'run command config/10_last',
  ]);
  expect(await readFile(bench.at('said'), 'utf8')).toBe('one\ndone\ntwo; not a shell\nten\n');
  expect(changesOf(await bench.run(document))).toEqual([]);
  // As cfn-hup would: a config that was changed is run again.
  const changed = { config: { ...document.config, groups: {} } };
  expect(changesOf(await bench.run(changed))).toHaveLength(3);
});

test('a test decides each time: exit code 0 runs the command, any other skips it', async () => {
  const bench = await initBench();
  const document = doc({ a: { command: 'touch ROOT/made', test: 'test ! -e made', cwd: 'ROOT' } });
  expect(changesOf(await bench.preview(document))).toEqual(['run command config/a']);
  expect(changesOf(await bench.run(document))).toEqual(['run command config/a']);
  expect(changesOf(await bench.run(document))).toEqual([]);
  await rm(bench.at('made'));
  expect(changesOf(await bench.run(document))).toHaveLength(1);
});

test('env replaces the environment but PATH and the facts, cwd is where it runs, ~ is the home', async () => {
  const bench = await initBench();
  await mkdir(bench.at('home/app'), { recursive: true });
  const document = doc({
    a: { command: 'pwd >ROOT/pwd; env >ROOT/env', cwd: '~/app', env: { PORT: 80, NAME: 'x y' } },
  });
  changesOf(await bench.run(document));
  expect(await readFile(bench.at('pwd'), 'utf8')).toBe(`${bench.at('home/app')}\n`);
  const all = (await readFile(bench.at('env'), 'utf8')).split('\n');
  const env = all.filter((line) => !/^(_|PWD|SHLVL|OLDPWD|LANDFALL_.*|AWS_.*)=/.test(line));
  expect(all).toContain('LANDFALL_REGION=eu-west-1');
  expect(env.toSorted()).toEqual(['', 'NAME=x y', `PATH=${bench.fakes.path}`, 'PORT=80']);
});

test('an empty environment replaces nothing', async () => {
  const bench = await initBench();
  const command = 'env | sort | grep -v ^_= >ROOT/env';
  const said: string[] = [];
  for (const env of [{}, { env: {} }, { env: { A: '1' } }]) {
    changesOf(await bench.run(doc({ a: { command, ...env } })));
    said.push(await readFile(bench.at('env'), 'utf8'));
  }
  expect(said[1]).toBe(said[0]);
  expect(said[2]).not.toBe(said[0]);
});

test('commands and their tests find the facts, which nothing in a document can deny', async () => {
  const bench = await initBench();
  const line = 'echo $LANDFALL_REGION $LANDFALL_ZONE $LANDFALL_ROLE $AWS_REGION >>ROOT/facts';
  const env = { LANDFALL_REGION: 'elsewhere', AWS_REGION: 'elsewhere' };
  changesOf(await bench.run(doc({ a: { command: line, test: line }, b: { command: line, env } })));
  const facts = 'eu-west-1 eu-west-1b web eu-west-1\n';
  expect(await readFile(bench.at('facts'), 'utf8')).toBe(facts.repeat(3));
});

test('defaults print attributes under those that are written', async () => {
  const bench = await initBench();
  const document = doc({
    a: {
      defaults: `echo '{"command":"echo never","env":{"WHO":"defaults"},"cwd":"ROOT"}'`,
      command: 'echo $WHO >said',
    },
  });
  expect(changesOf(await bench.run(document))).toHaveLength(1);
  expect(await readFile(bench.at('said'), 'utf8')).toBe('defaults\n');
  const merged = doc({
    a: {
      defaults: `echo '{"env":{"WHO":"defaults","WHAT":"defaults"}}'`,
      command: 'echo $WHO $WHAT >ROOT/merged',
      env: { WHAT: 'written' },
    },
  });
  expect(changesOf(await bench.run(merged))).toHaveLength(1);
  expect(await readFile(bench.at('merged'), 'utf8')).toBe('defaults written\n');
  const wrong = doc({ a: { defaults: 'echo hello', command: 'true' } });
  expect(faultIn(await bench.run(wrong)).subject).toBe('init.web config/commands/a/defaults');
  const failing = doc({ a: { defaults: 'exit 3', command: 'true' } });
  expect(faultIn(await bench.run(failing)).cause).toContain('3');
});

test('a failure ends the run, names its place and the end of what it wrote, and the next run goes on from there', async () => {
  const bench = await initBench();
  const document = doc({
    a: { command: 'echo a >>ROOT/said' },
    b: { command: 'echo out; echo no database >&2; test -e ROOT/mended' },
    c: { command: 'echo c >>ROOT/said' },
  });
  const fault = faultIn(await bench.run(document));
  expect(fault).toMatchObject({ code: 'LF_INIT', subject: 'init.web config/commands/b' });
  expect(fault.cause).toContain('no database');
  expect(await readFile(bench.at('said'), 'utf8')).toBe('a\n');
  await writeFile(bench.at('mended'), '');
  expect(changesOf(await bench.run(document))).toEqual(['run command config/b', 'run command config/c']);
  expect(await readFile(bench.at('said'), 'utf8')).toBe('a\nc\n');
});

test.each([true, 'true', 'yes', 1])('with ignoreErrors %s a failure is passed over', async (ignoreErrors) => {
  const bench = await initBench();
  const document = doc({
    a: { command: 'false', ignoreErrors, waitAfterCompletion: 'forever' },
    b: { command: 'touch ROOT/b' },
  });
  expect(changesOf(await bench.run(document))).toHaveLength(2);
  expect(changesOf(await bench.run(document))).toEqual([]);
});

test('a program that is not there is a failure, also of a test', async () => {
  const bench = await initBench();
  expect(faultIn(await bench.run(doc({ a: { command: ['/no/such/program'] } }))).cause).toContain('ENOENT');
  const tested = doc({ a: { command: 'true', test: ['/no/such/program'] } });
  expect(faultIn(await bench.run(tested)).subject).toBe('init.web config/commands/a/test');
});

test('when the agent is stopping, the run ends as one that goes on later', async () => {
  const bench = await initBench();
  const stop = new AbortController();
  stop.abort();
  expect(await bench.run(doc({ a: { command: 'true' } }), { signal: stop.signal })).toMatchObject({
    kind: 'retry',
    fault: { code: 'LF_INTERRUPTED' },
  });
});

import { expect, test } from 'vitest';
import { changesOf, faultIn, initBench } from './init-bench.ts';

test('groups come before users, are made once, and those that are there are left alone', async () => {
  const bench = await initBench();
  const document = {
    config: {
      users: {
        app: { uid: '1500', groups: ['staff', 'ops'], homeDir: '/srv/app' },
        root: { groups: ['ops'] },
      },
      groups: { staff: {}, ops: { gid: 1600 }, root: {} },
    },
  };
  expect(changesOf(await bench.run(document))).toEqual([
    'create group ops',
    'create group staff',
    'create user app',
  ]);
  expect(await bench.fakes.calls()).toEqual([
    'groupadd -r -g 1600 -- ops',
    'groupadd -r -- staff',
    'useradd -M -r --shell /sbin/nologin -d /srv/app -u 1500 -G staff,ops -- app',
  ]);
  expect(changesOf(await bench.run(document))).toEqual([]);
});

test('a name that is there under another id is a failure', async () => {
  const bench = await initBench();
  expect(faultIn(await bench.run({ config: { users: { root: { uid: 5 } } } }))).toMatchObject({
    code: 'LF_INIT',
    subject: 'init.web config/users/root',
  });
  expect(faultIn(await bench.run({ config: { groups: { root: { gid: '5' } } } }))).toMatchObject({
    code: 'LF_INIT',
  });
});

test('a file may belong to a user that the same config makes', async () => {
  const bench = await initBench();
  const document = {
    config: { users: { app: { uid: 1500 } }, files: { 'ROOT/x': { content: 'x', owner: 'app' } } },
  };
  expect(changesOf(await bench.preview(document))).toEqual(['create user app', 'create /x']);
  expect(changesOf(await bench.run(document))).toEqual(['create user app', 'create /x']);
  expect(changesOf(await bench.run(document))).toEqual([]);
});

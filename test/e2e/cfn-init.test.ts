import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { oracle } from '../support/oracle.ts';
import { cfnInit, landfallInit, type Document, type Start } from './cfn-init.ts';
import { NO_MACHINE } from './example-machine.ts';

const found = oracle('cfn-init');
beforeEach(({ skip }) => {
  if ('missing' in found) skip(found.missing);
  if (NO_MACHINE !== undefined) skip(NO_MACHINE);
});

/** What both made of the machine, when both say of each document that it went well, or that it did not. */
async function both(documents: Document | readonly Document[], start: Start = {}) {
  const list = Array.isArray(documents) ? (documents as readonly Document[]) : [documents as Document];
  const theirs = cfnInit('missing' in found ? '' : found.folder, list, start);
  const ours = await landfallInit(list, start);
  expect(ours.wentWell, `${ours.said}\n${theirs.said}`).toEqual(theirs.wentWell);
  return { theirs: Object.fromEntries(theirs.tree), ours: Object.fromEntries(ours.tree) };
}

/** A command that leaves a trace. */
const say = (text: string) => ({ command: `echo ${text} >>/srv/said` });

it('files: content, modes, owners, links, templates, over what was there', async () => {
  const { theirs, ours } = await both(
    {
      config: {
        files: {
          '/etc/payroll/plain.conf': {
            content: 'größer\nthan\n',
            mode: '000644',
            owner: 'root',
            group: 'root',
          },
          '/etc/payroll/by default': { content: 'no mode, no newline' },
          '/etc/payroll/secret': { content: 's', mode: '000400', owner: 'daemon', group: 'adm' },
          '/etc/payroll/regular': { content: 'r', mode: '100640', group: 'mail' },
          '/opt/payroll/deep/er/run.sh': { content: '#!/bin/sh\nexit 0\n', mode: '000755' },
          '/opt/payroll/set': { content: 'x', mode: '004755' },
          '/opt/payroll/short': { content: 'x', mode: '0600' },
          '/opt/payroll/bytes': { content: 'AAEC/+8=\n', encoding: 'base64', mode: '000600' },
          '/opt/payroll/current': { content: '../target', mode: '120644', owner: 'daemon' },
          '/opt/payroll/new/link': { content: '/opt/target', mode: '120644' },
          '/srv/template': {
            content: 'a={{a}} b={{{b}}} c={{&c}} d={{d.e}} n={{n}} {{! gone }}end\n',
            context: { a: `<"&'>`, b: `<"&'>`, c: '<&>', d: { e: 'deep' }, n: 7 },
          },
          '/srv/sections': {
            content:
              'hosts:\n{{#hosts}}\n- {{name}} {{#tls}}tls{{/tls}}{{^tls}}plain{{/tls}} of {{owner}}\n{{/hosts}}\n{{^none}}\nnone\n{{/none}}\n{{#at}}{{zone}}{{/at}}|{{#ports}}{{.}},{{/ports}}\n',
            context: {
              owner: 'ops & co',
              hosts: [
                { name: 'a', tls: true },
                { name: 'b', tls: false, owner: 'b' },
              ],
              none: [],
              at: { zone: 'a' },
              ports: [80, 443],
            },
          },
          '/srv/kept': { content: 'new' },
          '/srv/was-link': { content: 'a file now', mode: '000644' },
          '/srv/was-file': { content: '/opt/target', mode: '120644' },
          '/srv/same': { content: 'same', mode: '000644' },
        },
      },
    },
    {
      before: `
        echo old >/srv/kept; chmod 0604 /srv/kept
        echo x >/opt/target; ln -s /opt/target /srv/was-link; echo old >/srv/was-file; printf same >/srv/same; chmod 600 /srv/same`,
    },
  );
  expect(ours).toEqual(theirs);
});

it('commands: their order, tests, environment, folder, defaults, failures that may be', async () => {
  const { theirs, ours } = await both({
    config: {
      commands: {
        b: say('b'),
        '10': say('ten'),
        '2': say('two'),
        a: say('a'),
        B: say('B'),
        ü: say('umlaut'),
        c_list: { command: ['touch', '/srv/of a list'] },
        d_env: { command: 'echo "$ONE-$LANG" >>/srv/said', env: { ONE: '1 and $x' } },
        e_cwd: { command: 'pwd >>/srv/said', cwd: '/var/lib' },
        f_yes: { ...say('tested'), test: 'test -e /srv/said' },
        g_no: { ...say('never'), test: 'test ! -e /srv/said' },
        h_may: { command: 'echo may >>/srv/said; exit 3', ignoreErrors: 'true' },
        i_defaults: {
          defaults: `echo '{"env": {"A": "of defaults", "B": "of defaults"}, "cwd": "/opt"}'`,
          command: 'echo "$A $B $(pwd)" >>/srv/said',
          env: { B: 'as written' },
        },
        j_test_env: { ...say('env in test'), env: { T: '1' }, cwd: '/usr', test: 'test "$T$(pwd)" = 1/usr' },
        j_nothing: { command: 'echo "${PATH:+there}" >>/srv/said', env: {} },
        k_pipe: { command: 'false | true; printf "%s\\n" \'a"b\' >>/srv/said' },
      },
    },
  });
  expect(ours).toEqual(theirs);
});

it('groups and users', async () => {
  const { theirs, ours } = await both({
    config: {
      groups: { books: { gid: '4711' }, clerks: {}, numbers: { gid: 4712 } },
      users: {
        ledger: { uid: '4711', groups: ['books', 'clerks'], homeDir: '/opt/ledger' },
        plain: {},
      },
      files: { '/srv/theirs': { content: 'x', owner: 'ledger', group: 'books', mode: '000640' } },
    },
  });
  expect(ours).toEqual(theirs);
});

it('config sets, in their order, nested', async () => {
  const document = {
    configSets: {
      default: ['one'],
      all: ['two', { ConfigSet: 'inner' }, 'one'],
      inner: ['three', 'two'],
    },
    one: { commands: { a: say('one') } },
    two: { commands: { a: say('two') } },
    three: { commands: { a: say('three') } },
  };
  for (const configSets of [undefined, ['all', 'default']]) {
    const { theirs, ours } = await both(document, configSets === undefined ? {} : { configSets });
    expect(ours, String(configSets)).toEqual(theirs);
  }
});

it('a failure ends it there', async () => {
  const { theirs, ours } = await both({
    configSets: { default: ['first', 'second'] },
    first: {
      files: { '/srv/first': { content: '1' } },
      commands: { a: { command: 'echo a >>/srv/said; exit 1' }, b: { command: 'echo b >>/srv/said' } },
    },
    second: { files: { '/srv/second': { content: '2' } } },
  });
  expect(ours).toEqual(theirs);
});

/** A config of files and commands, every line of which names its version. */
const versioned = (version: number, mode: object, more: object = {}) => ({
  config: {
    files: {
      '/srv/version': { content: `${version}\n`, ...mode },
      '/srv/constant': { content: 'c', mode: '000640' },
      '/srv/link': { content: `/opt/target${version}`, mode: '120644' },
      ...more,
    },
    commands: {
      a: { command: `echo a ${version} >>/srv/said` },
      b: { command: `echo b ${version} >>/srv/said`, test: 'test ! -e /srv/stop' },
    },
  },
});

it('another document on the same machine: what it says anew, what it leaves out, and the commands again', async () => {
  const { theirs, ours } = await both(
    [
      versioned(1, { mode: '000600', group: 'adm' }, { '/srv/first': { content: 'of the first' } }),
      versioned(2, { group: 'adm' }),
      versioned(3, { mode: '000755', owner: 'daemon', group: 'mail' }, { '/srv/stop': { content: '-' } }),
    ],
    { before: 'touch /opt/target1 /opt/target2 /opt/target3' },
  );
  expect(ours).toEqual(theirs);
});

it('sources: what an archive holds, into a folder that is there or not', async () => {
  const sources = { config: { sources: { '/opt/payroll': 'ARCHIVE', '/srv/deep/er': 'ARCHIVE' } } };
  const before = 'mkdir -m 0711 /opt/payroll; echo mine >/opt/payroll/mine; echo 0 >/opt/payroll/VERSION';
  for (const pack of [TAR, TAR_BZ2, ZIP]) {
    const { theirs, ours } = await both(sources, { archive: packed(pack), before });
    expect(ours, pack).toEqual(theirs);
  }
});

const TAR = 'tar --owner=0 --group=0 -czf ../archive .';
const TAR_BZ2 = 'tar --owner=0 --group=0 -cjf ../archive bin VERSION link hard ü';
const ZIP = 'zip -qry ../archive.zip . -x link && mv ../archive.zip ../archive';

function packed(pack: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-archive-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const files = `
    mkdir -p bin ü/empty && chmod 0711 . && chmod 0750 bin && chmod 0700 ü/empty
    echo '#!/bin/sh' >bin/run && chmod 0755 bin/run
    echo 1 >VERSION && chmod 0640 VERSION
    echo x >ü/ö && chmod 0600 ü/ö
    ln -s bin/run link && ln VERSION hard`;
  execFileSync('sh', ['-euc', `mkdir "$0/tree" && cd "$0/tree"\n${files}\n${pack}`, folder]);
  return readFileSync(join(folder, 'archive'));
}

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Payroll, TREE, type Files } from './payroll.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'landfall-guard-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const HOST = 'https://sqs.us-east-1.amazonaws.com/1/q';
const target = (name: string) => join(FOLDER, name);
const planFor = (name: string, more = '') =>
  `files: { f: { source: files/f, target: ${target(name)} } }\n${more}`;

/** What would end on the disk, in the API or in a shell, and how it names the region that must not be named. */
const FORMS: Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>> = {
  'a file in ISO-8859-1': {
    'base/plan.yaml': planFor('latin1'),
    'base/files/f': Buffer.from(`# Gr\xfc\xdfe\nurl=${HOST}\n`, 'latin1'),
  },
  'a file in UTF-16': {
    'base/plan.yaml': planFor('utf16'),
    'base/files/f': Buffer.from(`\uFEFFurl=${HOST}\n`, 'utf16le'),
  },
  'a binary': {
    'base/plan.yaml': planFor('binary'),
    'base/files/f': Buffer.from(`\x7fELF\0\xff${HOST}\0`, 'latin1'),
  },
  'a line of cron': {
    'base/plan.yaml': planFor('cron'),
    'base/files/f': '* * * * * root /usr/local/bin/sync us-east-1\n',
  },
  'a unit, in words that could be a sentence': {
    'base/plan.yaml': planFor('app.service'),
    'base/files/f': '[Unit]\nDescription\nwe run it in us-east-1 and there only\n',
  },
  'a hook, in words that could be a sentence': {
    'base/plan.yaml': `hooks: { configure: ["touch ${target('hook')}; echo we moved to us-east-1 now"] }\n`,
  },
  'a script in UTF-16': {
    'base/plan.yaml': 'scripts: { s: { run: scripts/s.sh } }\n',
    'base/scripts/s.sh': Buffer.from(`#!/bin/sh\ntouch ${target('script')}; echo us-east-1\n`, 'utf16le'),
  },
  'a key': { 'base/k.yaml': 'endpoints:\n  "sqs.us-east-1.amazonaws.com": 1\n' },
  'a key that is a region': { 'base/k.yaml': 'regions:\n  us-east-1: {bucket: x}\n' },
  'base64 in capitals': { 'base/b.properties': 'x=QVdTX1JFR0lPTj1VUy1FQVNULTE=\n' },
};

describe('the executable refuses', () => {
  it.concurrent.each(Object.entries(FORMS))('%s that names another region', async (_, files) => {
    await using payroll = await Payroll.open({ files: TREE satisfies Files });
    for (const [path, content] of Object.entries(files)) payroll.put(path, content);
    const { code, stderr } = await payroll.finish();
    expect([code, stderr]).toEqual([6, expect.stringContaining('us-east-1')]);
    for (const name of ['latin1', 'utf16', 'binary', 'cron', 'app.service', 'hook', 'script'])
      expect(existsSync(target(name)), name).toBe(false);
  });

  it('and takes what only speaks of it', async () => {
    await using payroll = await Payroll.open();
    payroll.put('base/words.properties', 'banner=Hello from us-east-1!\nlabel=Frankfurt (eu-central-1)\n');
    const citizen = await payroll.run();
    expect(await citizen.properties()).toMatchObject({ banner: 'Hello from us-east-1!' });
  });
});

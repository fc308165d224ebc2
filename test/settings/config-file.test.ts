import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadSettings } from '#agent/settings/settings.ts';
import { valueOf } from '../support/fetching.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load(text: string) {
  const configFile = join(folder, 'agent.yaml');
  writeFileSync(configFile, text);
  return loadSettings({ env: {}, configFile, flags: {} });
}

function causeOf(text: string): string {
  const outcome = load(text);
  if (outcome.kind === 'ok') throw new Error('accepted');
  expect(outcome.fault.code).toBe('LF_SETTINGS');
  expect(outcome.fault.cause).not.toContain('\n');
  return outcome.fault.cause;
}

it('a bare number is seconds, in YAML as in a variable', () => {
  expect(valueOf(load('interval: 30\n')).intervalMs).toBe(30_000);
  expect(valueOf(load('interval: 1.5\n')).intervalMs).toBe(1500);
});

it('a list is a list', () => {
  expect(valueOf(load('layers: [base, "region/{region}"]\ntrustedKeys:\n  - a\n  - b\n'))).toMatchObject({
    layers: ['base', 'region/{region}'],
    trustedKeys: ['a', 'b'],
  });
});

it('every scalar is the text that is written: no zero of an account is lost, no word becomes a truth value', () => {
  expect(valueOf(load('bucketOwner: 012345678901\nroleTag: yes\nenvironmentTag: 1.0\n'))).toMatchObject({
    bucketOwner: '012345678901',
    roleTag: 'yes',
    environmentTag: '1.0',
  });
});

it('an empty value is empty: no TCP', () => {
  expect(valueOf(load('listen:\n')).listen).toBeUndefined();
});

it.each(['', '\n', '# only a comment\n', '---\n'])('a file that says nothing changes nothing: %j', (text) => {
  expect(load(text).kind).toBe('ok');
});

it('a name that is no setting is an error, all of them at once', () => {
  const cause = causeOf('intervall: 30s\nregion: us-east-1\n');
  expect(cause).toContain("'intervall'");
  expect(cause).toContain("'region'");
});

it.each([
  ['a list', '- source\n', 'it is not a map of settings'],
  ['a text', 'source\n', 'it is not a map of settings'],
  ['no YAML', 'source: "s3://b\n', 'it is no YAML: '],
  ['a name twice', 'guard: off\nguard: warn\n', 'it is no YAML: Map keys must be unique'],
  [
    'a map in a setting',
    'listen: { port: 1 }\nguard: { mode: off }\n',
    'listen, guard: a setting is one text or a list',
  ],
])('the file is refused that is %s', (_, text, cause) => {
  expect(causeOf(text)).toContain(cause);
});

it('a file that was asked for must be there; the default one need not', () => {
  const missing = join(folder, 'missing.yaml');
  expect(loadSettings({ env: {}, configFile: missing, flags: {} })).toEqual({
    kind: 'fail',
    fault: {
      code: 'LF_SETTINGS',
      operation: 'read',
      subject: missing,
      cause: 'there is no such file',
      hint: 'Correct the file, or name another with --config; see docs/settings.md.',
    },
  });
  expect(loadSettings({ env: {}, configFile: folder, flags: {} })).toMatchObject({
    fault: { subject: folder, cause: 'the system says EISDIR' },
  });
});

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { unfoldConfigSets } from '#agent/apply/init/config-sets.ts';
import { readInitDocument } from '#agent/apply/init/document.ts';
import { createReport } from '#agent/apply/init/fields.ts';
import { changesOf, faultIn, initBench } from './init-bench.ts';

const init = { config: { groups: { staff: {} } } };
const RESOURCE = { Type: 'AWS::EC2::Instance', Metadata: { 'AWS::CloudFormation::Init': init } };

test.each([
  ['bare', init],
  [
    'the metadata of a resource',
    { 'AWS::CloudFormation::Init': init, 'AWS::CloudFormation::Authentication': {} },
  ],
  ['a resource', RESOURCE],
  ['a resource under its name', { WebServer: RESOURCE }],
  [
    'a template with one such resource',
    {
      AWSTemplateFormatVersion: '2010-09-09',
      Resources: { WebServer: RESOURCE, Db: { Type: 'AWS::RDS::DBInstance' } },
    },
  ],
])('the document may be %s', async (_, document) => {
  const bench = await initBench();
  expect(changesOf(await bench.run(document))).toEqual(['create group staff']);
});

test.each([
  ['no JSON', 'Resources:\n  Web:\n', 'not JSON'],
  ['a list', '[]', 'not an object'],
  ['empty', '{}', 'neither configSets nor a config'],
  [
    'of two resources',
    JSON.stringify({ Resources: { A: RESOURCE, B: RESOURCE } }),
    'convert --resource NAME',
  ],
  ['very deep', `{"config":${'{"a":'.repeat(5000)}1${'}'.repeat(5001)}`, 'nests deeper'],
  ['an unknown section', '{"config":{"filez":{}}}', 'config/filez: is unknown here'],
  [
    'a misspelt attribute',
    '{"config":{"commands":{"a":{"command":"x","ignoreError":true}}}}',
    'ignoreError: is unknown',
  ],
  ['a relative path', '{"config":{"files":{"etc/x":{"content":""}}}}', 'etc/x: it is no absolute path'],
  ['a path that climbs', '{"config":{"files":{"/etc/../x":{"content":""}}}}', 'plain path'],
  ['a file of nothing', '{"config":{"files":{"/etc/x":{}}}}', 'neither content nor source'],
  ['a mode that is no mode', '{"config":{"files":{"/etc/x":{"content":"","mode":"u+x"}}}}', 'octal'],
  ['no command', '{"config":{"commands":{"a":{"cwd":"/"}}}}', 'commands/a: has no command'],
  ['an option as a name', '{"config":{"packages":{"yum":{"--nogpgcheck":[]}}}}', 'no name of a package'],
  ['an unknown config', '{"configSets":{"default":["a"]}}', 'there is no config a'],
  ['no default', '{"configSets":{"other":[]}}', 'there is no configSet default; there are other'],
  ['a set of numbers', '{"configSets":{"default":[1]}}', 'something other than names'],
])('what is not valid is refused whole, with its place: %s', async (_, text, cause) => {
  const bench = await initBench();
  const fault = faultIn(await bench.run(text));
  expect(fault.code).toBe('LF_INIT_INVALID');
  expect(fault.cause).toContain(cause);
});

test.each([
  [
    'an intrinsic function',
    { config: { files: { '/x': { content: { 'Fn::Sub': '${a}' } } } } },
    '/content/Fn::Sub',
  ],
  ['a reference', { config: { commands: { a: { env: { A: { Ref: 'B' } }, command: 'x' } } } }, '/env/A/Ref'],
  ['python', { config: { packages: { python: { flask: [] } } } }, 'packages/python'],
  ['rubygems', { config: { packages: { rubygems: { chef: [] } } } }, 'packages/rubygems'],
  ['msi', { config: { packages: { msi: { a: 'https://x' } } } }, 'packages/msi'],
  ['windows', { config: { services: { windows: { a: {} } } } }, 'services/windows'],
])('what Landfall does not do is said so: %s', async (_, document, place) => {
  const bench = await initBench();
  const fault = faultIn(await bench.run(document));
  expect(fault.code).toBe('LF_INIT_UNSUPPORTED');
  expect(fault.cause).toContain(place);
});

test('a document that names a foreign region is refused before anything runs, and an allow entry lets it pass', async () => {
  const bench = await initBench();
  const document = {
    config: {
      groups: { staff: {} },
      files: { 'ROOT/etc/app': { content: 'queue=https://sqs.ap-south-1.amazonaws.com/1/q' } },
    },
  };
  const fault = faultIn(await bench.run(document));
  expect(fault).toMatchObject({ code: 'LF_REGION_FOREIGN', subject: `init.web.files.${bench.root}/etc/app` });
  expect(await bench.fakes.calls()).toEqual([]);
  const allow = [{ key: 'init.web.files.*', region: 'ap-south-1', reason: 'the queue is there' }];
  expect(changesOf(await bench.run(document, { allow }))).toHaveLength(2);
});

test('commands are judged too', async () => {
  const bench = await initBench();
  const document = { config: { commands: { a: { command: 'aws s3 ls --region ap-south-1' } } } };
  expect(faultIn(await bench.run(document)).subject).toBe('init.web.commands.a');
});

const say = (word: string) => ({ commands: { say: { command: `echo ${word} >>ROOT/said` } } });

test('config sets run in their order, nested, and one config twice', async () => {
  const bench = await initBench();
  const document = {
    configSets: {
      one: ['a'],
      two: [{ ConfigSet: 'one' }, 'b', { ConfigSet: 'one' }],
      default: { ConfigSet: 'two' },
    },
    a: say('a'),
    b: say('b'),
  };
  const expected = ['run command a/say', 'run command b/say', 'run command a#2/say'];
  expect(changesOf(await bench.preview(document))).toEqual(expected);
  expect(changesOf(await bench.run(document))).toEqual(expected);
  expect(changesOf(await bench.run(document))).toEqual([]);
  expect(changesOf(await bench.run(document, { configSets: ['one'] }))).toEqual([]);
});

test('sets that refer to each other in a circle are refused, also where nobody asks for them', async () => {
  const bench = await initBench();
  const document = {
    configSets: { default: ['a'], x: [{ ConfigSet: 'y' }], y: [{ ConfigSet: 'x' }] },
    a: {},
  };
  expect(faultIn(await bench.run(document)).cause).toContain('x -> y -> x');
});

test('sets that double each other stop at a bound', () => {
  const sets = Object.fromEntries(
    Array.from({ length: 60 }, (_, index): [string, unknown] => {
      const next = index === 59 ? 'config' : { ConfigSet: `s${index + 1}` };
      return [`s${index}`, [next, next]];
    }),
  );
  const { report, problems } = createReport('doc');
  const document = readInitDocument(Buffer.from(JSON.stringify({ configSets: sets, config: {} })), report);
  if (!document) throw new Error('not read');
  expect(unfoldConfigSets(document, ['s0'], report)).toEqual([]);
  expect(problems[0]?.message).toContain('more than 1000 configs');
});

test('law: sets without a circle unfold to what a plain recursion gives', () => {
  const acyclic = fc.array(fc.array(fc.nat(9), { maxLength: 4 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(acyclic, (rows) => {
      // A set may name configs c0..c9 and the sets after it.
      const itemsOf = (row: readonly number[], at: number): unknown[] =>
        row.map((n) => (n % 2 === 1 && at + n < rows.length ? { ConfigSet: `s${at + n}` } : `c${n}`));
      const sets = rows.map(itemsOf);
      const configSets = Object.fromEntries(sets.map((set, at) => [`s${at}`, set]));
      const configs = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`c${n}`, {}]));
      const { report, problems } = createReport('doc');
      const document = readInitDocument(Buffer.from(JSON.stringify({ configSets, ...configs })), report);
      if (!document) throw new Error('not read');
      const plain = (at: number): string[] =>
        (rows[at] ?? []).flatMap((n) => (n % 2 === 1 && at + n < rows.length ? plain(at + n) : [`c${n}`]));
      expect(unfoldConfigSets(document, ['s0'], report)).toEqual(plain(0));
      expect(problems).toEqual([]);
    }),
  );
});

test('law: whatever the bytes, reading them reports or reads, and never throws', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        const { report, problems } = createReport('doc');
        const document = readInitDocument(bytes, report);
        expect(document !== undefined || problems.length > 0).toBe(true);
      },
    ),
  );
});

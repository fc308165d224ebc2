import { expect, test } from 'vitest';
import { inheritedStream } from '#agent/logs/names/inherited-stream.ts';
import { fillTemplate, readTemplate } from '#agent/logs/names/name-template.ts';
import { FACTS } from '../support/shipper-lab.ts';

const LANDING = { from: 'i-old', to: 'i-1', at: 0 };

function named(text: string, from = LANDING.from): readonly [own: string, inherited: string] {
  const read = readTemplate(text, 'stream');
  if (read.kind !== 'ok') throw new Error(read.problem);
  const own = fillTemplate(read.template, FACTS);
  if (own.kind !== 'filled') throw new Error(own.placeholder);
  return [own.name, inheritedStream(read.template, FACTS, own.name, { ...LANDING, from })];
}

test.each([
  ['{instanceId}', 'i-1', 'i-old'],
  ['{role}/{instanceId}/{date}', 'web/i-1/{date}', 'web/i-old/{date}'],
  ['{role}', 'web', 'web-from-i-old'],
  ['app-{date}', 'app-{date}', 'app-{date}-from-i-old'],
])('case 34: the stream %s of this instance and of the one before', (text, own, inherited) => {
  expect(named(text)).toEqual([own, inherited]);
});

test('case 34: an instance whose root volume was replaced keeps its id, and its streams apart', () => {
  expect(named('{instanceId}', 'i-1')).toEqual(['i-1', 'i-1-from-i-1']);
});

test('case 34: a name that is as long as can be stays another name', () => {
  const [own, inherited] = named('x'.repeat(512));
  expect(inherited).not.toBe(own);
  expect(inherited.length).toBeLessThanOrEqual(512);
});

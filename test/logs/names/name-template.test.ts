import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Facts } from '#config-service';
import { datedName, fillTemplate, readTemplate, type NameKind } from '#agent/logs/names/name-template.ts';

const FACTS: Facts = {
  partition: 'aws',
  dnsSuffix: 'amazonaws.com',
  account: '111122223333',
  region: 'eu-west-1',
  zone: 'eu-west-1a',
  instanceId: 'i-0123456789abcdef0',
  imageId: 'ami-1',
  instanceType: 't3.small',
  role: 'web',
  environment: 'prod',
  tags: new Map([['team', 'pay']]),
};

describe('a name', () => {
  test('is filled with facts and tags', () => {
    expect(fill('/{environment}/{role}/{account}/{region}', 'group')).toBe(
      '/prod/web/111122223333/eu-west-1',
    );
    expect(fill('{instanceId}/{tag:team}', 'stream')).toBe('i-0123456789abcdef0/pay');
  });

  test('case 57: waits for a tag that is not there, and is never made without it', () => {
    const facts = { ...FACTS, role: undefined };
    expect(filled('/{environment}/{role}', 'group', facts)).toEqual({
      kind: 'waiting',
      placeholder: '{role}',
    });
    expect(filled('{tag:none}', 'stream', FACTS)).toEqual({ kind: 'waiting', placeholder: '{tag:none}' });
    expect(filled('{tag:team}', 'stream', { ...FACTS, tags: new Map([['team', '']]) }).kind).toBe('waiting');
  });

  test('case 58: what a tag may hold and a name may not becomes an underscore, always the same', () => {
    const facts = { ...FACTS, tags: new Map([['t', 'a:b*c d']]) };
    expect(filled('x/{tag:t}', 'stream', facts)).toEqual({ kind: 'filled', name: 'x/a_b_c_d' });
    expect(filled('x/{tag:t}', 'group', facts)).toEqual({ kind: 'filled', name: 'x/a_b_c_d' });
  });

  test('case 58: 600 characters are cut to 512, and two that differ behind the cut stay two', () => {
    const names = ['a', 'b'].map((end) => {
      const found = filled('{tag:t}', 'stream', { ...FACTS, tags: new Map([['t', 'x'.repeat(599) + end]]) });
      return found.kind === 'filled' ? found.name : '';
    });
    expect(names.map(({ length }) => length)).toEqual([512, 512]);
    expect(new Set(names).size).toBe(2);
  });

  test('case 58: whatever a tag holds, the name is one AWS takes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 700 }),
        fc.boolean(),
        (value, dated) => {
          const facts = { ...FACTS, tags: new Map([['t', value]]) };
          const text = dated ? '{tag:t}-{date}' : '{tag:t}';
          const [group, stream] = (['group', 'stream'] as const).map((kind) => {
            const found = filled(text, kind, facts);
            return found.kind === 'filled' ? datedName(found.name, 0) : '';
          });
          expect(group).toMatch(/^(?!aws\/)[a-zA-Z0-9_\-/.#]{1,512}$/);
          expect(stream).toMatch(/^[^:*]{1,512}$/);
        },
      ),
    );
  });

  test.for([
    ['{rol}', 'did you mean {role}?'],
    ['{nobody}', 'there is no placeholder {nobody}'],
    ['a{', 'a brace has no partner'],
    ['a:b', 'cannot hold ":"'],
    ['', 'must not be empty'],
  ])('case 57: %s is refused', ([text = '', problem = '']) => {
    const read = readTemplate(text, 'stream');
    expect(read.kind === 'invalid' ? read.problem : 'accepted').toContain(problem);
  });

  test('case 59: the day is that of UTC', () => {
    expect(datedName('{date}', Date.UTC(2026, 10, 21, 23, 59, 59, 999))).toBe('2026-11-21');
    expect(datedName('{date}', Date.UTC(2026, 10, 22))).toBe('2026-11-22');
  });
});

function filled(text: string, kind: NameKind, facts: Facts) {
  const read = readTemplate(text, kind);
  if (read.kind !== 'ok') throw new Error(read.problem);
  return fillTemplate(read.template, facts);
}

function fill(text: string, kind: NameKind): string {
  const found = filled(text, kind, FACTS);
  return found.kind === 'filled' ? found.name : found.placeholder;
}

import { describe, expect, test } from 'vitest';
import { whole } from '#kit/steps.ts';
import { judgedProperties } from '../../config-service/judged-properties.ts';
import type { Effective, JsonValue, Property } from '../../config-service/layers/effective.ts';
import { judge } from '../../config-service/region/guard.ts';

const ALL = ['us-east-1', 'eu-west-1', 'ap-southeast-1', 'sa-east-1', 'ca-central-1'];

function property(key: string, value: string, list?: readonly JsonValue[]): [string, Property] {
  const winner = { layer: 'base', file: 'a.yaml', line: 1, object: '' };
  return [key, { key, value, raw: value, winner, shadowed: [], references: [], ...(list && { list }) }];
}

function listOf(key: string, items: readonly string[]): [string, Property][] {
  return [
    property(key, JSON.stringify(items), items),
    ...items.map((item, index) => property(`${key}.${index}`, item)),
  ];
}

function refused(...properties: [string, Property][]): readonly string[] {
  const effective: Effective = new Map(properties);
  const { findings } = judge({ region: 'ap-south-1', values: whole(judgedProperties(effective)), allow: [] });
  return findings.map(({ key, region }) => `${key} ${region}`);
}

describe('what is judged of the properties', () => {
  test('is each value, and each key', () => {
    expect(refused(property('a', 'us-east-1'), property('limits.us-west-2', '5'))).toEqual([
      'a us-east-1',
      'limits.us-west-2 us-west-2',
    ]);
  });

  test('finds the key among many, whatever stands in the others', () => {
    const many = Array.from({ length: 300 }, (_, index) => property(`plain.key.${index}`, 'x'));
    const odd = property('with\nline.us-west-2.x', '1');
    expect(refused(...many, odd, ...many.map(([key]) => property(`${key}.more`, 'x')))).toEqual([
      'with\nline.us-west-2.x us-west-2',
    ]);
  });

  test('nothing is suggested for a key, where references do not work', () => {
    const values = whole(judgedProperties(new Map([property('limits.us-west-2', '5')])));
    const { findings } = judge({ region: 'eu-west-1', values, allow: [] });
    expect(findings).toMatchObject([{ text: 'limits.us-west-2', suggestion: undefined }]);
  });

  test('an entry excuses a key for its region as it does a value', () => {
    const values = whole(judgedProperties(new Map([property('limits.us-west-2', '5')])));
    const allow = [{ key: 'limits.*', region: 'us-west-2', reason: 'a table' }];
    expect(judge({ region: 'eu-west-1', values, allow })).toMatchObject({ findings: [], unusedAllow: [] });
  });

  test('a list that says which regions there are does so item by item', () => {
    expect(refused(...listOf('regions', ALL))).toEqual([]);
  });

  test('a list of few is a choice', () => {
    const few = ALL.slice(0, 2);
    const found = refused(...listOf('regions', few));
    expect(found).toContain('regions.0 us-east-1');
    expect(found).toContain('regions eu-west-1');
  });

  test('an item that was put in place of one of the list is looked at', () => {
    const [list, first, ...rest] = listOf('regions', ALL);
    const replaced = property('regions.0', 'https://sqs.us-west-2.amazonaws.com');
    expect(list && first && refused(list, replaced, ...rest)).toEqual(['regions.0 us-west-2']);
  });
});

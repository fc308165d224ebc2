import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../config-service/layers/effective.ts';
import { createLastGood } from '../../config-service/layers/last-good.ts';
import {
  booleanType,
  durationType,
  integerType,
  numberType,
  readTyped,
  sizeType,
  stringType,
  type ValueType,
} from '../../config-service/layers/typed.ts';
import { jsonType, listType, mapType } from '../../config-service/layers/typed-collection.ts';
import { propertiesOf, resolveLayers } from '../support/resolving.ts';

/** The value, or the kind of the answer. */
function read<T>(type: ValueType<T>, raw: string): T | string {
  const answer = readTyped(
    propertiesOf(resolveLayers({}, { overrides: [{ key: 'k', value: raw }] })),
    'k',
    type,
  );
  return answer.kind === 'value' ? answer.value : answer.kind;
}

type Row = [raw: string, expected: number | string];

function refused(raws: readonly string[]): [string, 'invalid'][] {
  return raws.map((raw) => [raw, 'invalid']);
}

describe('readTyped', () => {
  it('tells absent from invalid, and never shows the value', () => {
    const effective = propertiesOf(resolveLayers({ base: 'a=1\nport=hunter2' }));
    expect(readTyped(effective, 'nope', integerType)).toEqual({ kind: 'absent' });
    expect(readTyped(effective, 'port', integerType)).toEqual({
      kind: 'invalid',
      problem: {
        code: 'LF_VALUE_TYPE',
        message: "'port' is not an integer: expected decimal digits, with a sign or without, within 2^53",
        file: 'base/app.properties',
        line: 2,
      },
    });
  });

  it.each(['', ' a ', '1,2'])('leaves the string %j as it is', (raw) => {
    expect(read(stringType, raw)).toBe(raw);
  });

  it.each([
    ...['true', 'T', 'yes', 'Y', 'on', '1', ' true '].map((raw) => [raw, true] as const),
    ...['false', 'f', 'NO', 'n', 'off', '0', '\tOff'].map((raw) => [raw, false] as const),
    ...refused(['', '2', 'ja', 'truee']),
  ])('reads the boolean %j as %s', (raw, expected) => {
    expect(read(booleanType, raw)).toBe(expected);
  });

  it.each<Row>([
    ['5', 5],
    ['+5', 5],
    ['-5', -5],
    ['007', 7],
    ['-0', 0],
    ['9007199254740991', 9_007_199_254_740_991],
    ...refused(['9007199254740993', '0x10', '1_000', '5 ', ' 5', '', '5.0', '1e3', '٥']),
  ])('reads the integer %j as %s', (raw, expected) => {
    expect(read(integerType, raw)).toBe(expected);
  });

  it.each<Row>([
    ['1.5', 1.5],
    ['-2e3', -2000],
    ['.5', 0.5],
    ['5.', 5],
    ...refused(['', 'NaN', 'Infinity', '1e999', '0x10', '1,5']),
  ])('reads the number %j as %s', (raw, expected) => {
    expect(read(numberType, raw)).toBe(expected);
  });

  it.each<Row>([
    ['30', 30_000],
    ['250ms', 250],
    ['1h30m', 5_400_000],
    ...refused(['', '-5s', '5 minutes', 'PT30S', `${'9'.repeat(99)}d`.repeat(5)]),
  ])('reads the duration %j as %s', (raw, expected) => {
    expect(read(durationType, raw)).toBe(expected);
  });

  it.each<Row>([
    ['512', 512],
    ['512B', 512],
    ['64k', 65_536],
    ['1.5g', 1_610_612_736],
    ['10 MiB', 10_485_760],
    ['10MB', 10_000_000],
    [' 1kb ', 1000],
    ['2TiB', 2_199_023_255_552],
    ...refused(['', '1.5', '-1', '1x', '1ib', 'k', '9999999999t', '1 constructor']),
  ])('reads the size %j as %s', (raw, expected) => {
    expect(read(sizeType, raw)).toBe(expected);
  });

  it.each<[string, string[]]>([
    ['1, 2, 3 and 4', ['1', '2', '3 and 4']],
    [',a,,b,', ['a', 'b']],
    ['', []],
    ['http://h/?a=1', ['http://h/?a=1']],
  ])('splits %j because a list is asked for', (raw, expected) => {
    expect(read(listType, raw)).toEqual(expected);
  });

  it('takes a typed list as it is', () => {
    const effective = propertiesOf(resolveLayers({ base: { 'app.yaml': 'k: ["a, b", {c: 1}]' } }));
    const list: JsonValue = ['a, b', { c: '1' }];
    expect(readTyped(effective, 'k', listType)).toEqual({ kind: 'value', value: list });
    expect(readTyped(effective, 'k', jsonType)).toEqual({ kind: 'value', value: list });
    expect(readTyped(effective, 'k', mapType).kind).toBe('invalid');
  });

  it.each<[string, [string, string][]]>([
    [
      'k1=v1,k2=v2=x',
      [
        ['k1', 'v1'],
        ['k2', 'v2=x'],
      ],
    ],
    [
      ' k = v , j = w ',
      [
        ['k', 'v'],
        ['j', 'w'],
      ],
    ],
    ['k=', [['k', '']]],
    ['', []],
    ['__proto__=1', [['__proto__', '1']]],
  ])('reads the map %j', (raw, expected) => {
    expect(read(mapType, raw)).toEqual(new Map(expected));
  });

  it.each(['k', 'a=1,k', '=v'])('refuses %j as a map', (raw) => {
    expect(read(mapType, raw)).toBe('invalid');
  });

  it('reads JSON, of which null is a value', () => {
    expect(read(jsonType, '{"a": [1, null]}')).toEqual({ a: [1, null] });
    expect(read(jsonType, 'null')).toBeNull();
    expect(read(jsonType, '{a: 1}')).toBe('invalid');
  });
});

describe('createLastGood', () => {
  it('keeps the last good value while the state is in error, and lets go of a key that is removed', () => {
    const port = createLastGood('port', integerType);
    const after = (base: string): unknown => port(propertiesOf(resolveLayers({ base })));
    const problem = expect.objectContaining({ code: 'LF_VALUE_TYPE', line: 1 });
    expect(after('port=x')).toEqual({ value: undefined, problem });
    expect(after('port=1')).toEqual({ value: 1, problem: undefined });
    expect(after('port=x')).toEqual({ value: 1, problem });
    expect(after('port=2')).toEqual({ value: 2, problem: undefined });
    expect(after('')).toEqual({ value: undefined, problem: undefined });
    expect(after('port=x')).toEqual({ value: undefined, problem });
  });
});

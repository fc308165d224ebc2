import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameVariables, variablesOf } from '#agent/exec/variables.ts';
import { envName } from '#config-service';

describe('variables of properties', () => {
  it('have the names of `config --format env`', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (key) => {
        const { variables, reserved } = variablesOf({ [key]: 'x' });
        expect([...Object.keys(variables), ...reserved.map(envName)]).toEqual([envName(key)]);
      }),
    );
  });

  it('hold texts as they are, and a list as its JSON', () => {
    const { variables, problems } = variablesOf({
      'db.host': ' h\n"',
      'nodes.list': ['a', 'b'],
      '9lives': 'x',
    });
    expect(variables).toEqual({ DB_HOST: ' h\n"', NODES_LIST: '["a","b"]', _9LIVES: 'x' });
    expect(problems).toEqual([]);
  });

  it('are refused when two keys want one name, and both are named', () => {
    expect(variablesOf({ 'db.host': 'a', 'db-host': 'a' }).problems).toEqual([
      'db.host and db-host are both DB_HOST',
    ]);
  });

  it('are refused when a value cannot be in an environment; no value is told', () => {
    const { problems } = variablesOf({ nul: 'a\0b', long: 'x'.repeat(131_072) });
    expect(problems).toHaveLength(2);
    expect(problems.join()).toMatch(/nul.*NUL.*long.*128 KiB/);
    expect(problems.join()).not.toContain('xxx');
  });

  it('allow a value of just 128 KiB with its name', () => {
    expect(variablesOf({ a: 'x'.repeat(131_072 - 3) }).problems).toEqual([]);
  });

  it.each(['path', 'ld.preload', 'home', 'user', 'landfall.source', 'bash.env'])(
    'never make %s a variable',
    (key) => {
      expect(variablesOf({ [key]: 'x', 'a.b': 'y' })).toEqual({
        variables: { A_B: 'y' },
        reserved: [key],
        problems: [],
      });
    },
  );

  it('take a key called __proto__ for a key', () => {
    const properties = JSON.parse('{"__proto__":"x"}') as Record<string, unknown>;
    expect(variablesOf(properties).variables).toEqual({ __PROTO__: 'x' });
  });
});

describe('the same variables', () => {
  it('have the same names and values, in any order', () => {
    expect(sameVariables({ a: '1', b: '2' }, { b: '2', a: '1' })).toBe(true);
    expect(sameVariables({ a: '1' }, { a: '2' })).toBe(false);
    expect(sameVariables({ a: '1' }, { a: '1', b: '2' })).toBe(false);
    expect(sameVariables({ a: '1' }, { b: '1' })).toBe(false);
  });
});

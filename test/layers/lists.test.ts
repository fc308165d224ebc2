import { describe, expect, it } from 'vitest';
import { listOf, problemsOf, propertiesOf, resolveLayers, valuesOf } from '../support/resolving.ts';

const HOSTS = { 'app.yaml': 'hosts: [a, b, c]\n' };

describe('a typed list', () => {
  it('stands beside its items, as JSON text and as values', () => {
    const resolution = resolveLayers({ base: HOSTS });
    expect(valuesOf(resolution)).toEqual({
      hosts: '["a","b","c"]',
      'hosts.0': 'a',
      'hosts.1': 'b',
      'hosts.2': 'c',
    });
    expect(listOf(resolution, 'hosts')).toEqual(['a', 'b', 'c']);
  });

  it('is put together after interpolation, and knows what its items refer to', () => {
    const resolution = resolveLayers({
      base: { 'app.yaml': 'hosts: ["${@region}.a", "${h}", "${h}"]\nh: x\nall: ${hosts}' },
    });
    expect(propertiesOf(resolution).get('hosts')).toMatchObject({
      value: '["eu-west-1.a","x","x"]',
      raw: '["${@region}.a","${h}","${h}"]',
      list: ['eu-west-1.a', 'x', 'x'],
      references: ['@region', 'h'],
    });
    expect(valuesOf(resolution)['all']).toBe('["eu-west-1.a","x","x"]');
  });

  it('nests: lists, maps, empty ones, and names that objects trip over', () => {
    const yaml = 'm:\n- [1, [2, 3]]\n- {name: x, ports: [80, 443], __proto__: {y: 1}}\n- {}\n- []\n- 1.10\n';
    const property = propertiesOf(resolveLayers({ base: { 'app.yaml': yaml } })).get('m');
    const json = '[["1",["2","3"]],{"__proto__":{"y":"1"},"name":"x","ports":["80","443"]},{},[],"1.10"]';
    expect(property).toMatchObject({ value: json, raw: json });
    expect(JSON.stringify(property?.list)).toBe(json);
  });

  it('refuses a list inside itself', () => {
    const resolution = resolveLayers({ base: { 'app.yaml': 'hosts: [a, "${hosts}"]\n' } });
    expect(problemsOf(resolution)).toMatchObject([
      { code: 'LF_REFERENCE_CYCLE', message: expect.stringContaining('hosts -> hosts.1 -> hosts') },
    ]);
  });

  it('keeps its depth bounded however keys are spelled', () => {
    const deep = Array.from({ length: 300 }, (_, depth) => `k${'.0'.repeat(depth)}: []`).join('\n');
    expect(problemsOf(resolveLayers({ base: { 'app.yaml': deep } }))[0]).toMatchObject({
      code: 'LF_VALUE_TOO_LARGE',
    });
    const dots = resolveLayers({ base: { 'app.yaml': 'k: [{a: 1}]' }, top: `k.0${'.x'.repeat(5000)}=1` });
    expect(JSON.stringify(listOf(dots, 'k'))).toContain('x.x.x');
  });
});

describe('a stronger layer over a weaker list', () => {
  it('replaces the list as a unit: no tail of the longer one stays', () => {
    const resolution = resolveLayers({ base: HOSTS, 'role/web': { 'app.yaml': 'hosts: [z]\n' } });
    expect(valuesOf(resolution)).toEqual({ hosts: '["z"]', 'hosts.0': 'z' });
    expect(propertiesOf(resolution).get('hosts')?.shadowed).toMatchObject([
      { layer: 'base', raw: '["a","b","c"]' },
    ]);
    expect(propertiesOf(resolution).get('hosts.0')?.shadowed).toMatchObject([{ layer: 'base', raw: 'a' }]);
    expect(valuesOf(resolveLayers({ base: HOSTS, top: { 'app.yaml': 'hosts: []' } }))).toEqual({
      hosts: '[]',
    });
  });

  it('hides plain keys that look like its items, and a map: nothing is both', () => {
    const resolution = resolveLayers({
      base: 'hosts.5=x\nhosts.1.port=1\nhosts.size=3',
      top: { 'app.yaml': 'hosts: [z]' },
    });
    expect(valuesOf(resolution)).toEqual({ hosts: '["z"]', 'hosts.0': 'z' });
  });

  it('is hidden by a map, with its items', () => {
    const map = resolveLayers({ base: HOSTS, top: { 'app.yaml': 'hosts: { main: c }\n' } });
    expect(valuesOf(map)).toEqual({ 'hosts.main': 'c' });
    const nested = resolveLayers({
      base: { 'app.yaml': 'm: [[1, 2], 3]\n' },
      top: { 'app.yaml': 'm.0: { x: y }\n' },
    });
    expect(valuesOf(nested)).toEqual({ m: '[{"x":"y"},"3"]', 'm.0.x': 'y', 'm.1': '3' });
  });

  it('may have members of a map beside it in one layer, where both were written on purpose', () => {
    expect(
      valuesOf(resolveLayers({ base: 'hosts.size=3', top: { 'a.yaml': 'hosts: [a]\nhosts.size: 4\n' } })),
    ).toEqual({
      hosts: '["a"]',
      'hosts.0': 'a',
      'hosts.size': '4',
    });
  });

  it('hides the items with a scalar', () => {
    const resolution = resolveLayers({ base: HOSTS, top: 'hosts=one' });
    expect(valuesOf(resolution)).toEqual({ hosts: 'one' });
    expect(listOf(resolution, 'hosts')).toBeUndefined();
  });

  it('does not hide numbered keys that were never a list', () => {
    const base = 'broker=a\nbroker.1=b\nbroker.2=c';
    expect(valuesOf(resolveLayers({ base, top: 'broker=z' }))).toEqual({
      broker: 'z',
      'broker.1': 'b',
      'broker.2': 'c',
    });
  });

  it('changes a single item', () => {
    const resolution = resolveLayers({ base: HOSTS, top: 'hosts.1=z' });
    expect(listOf(resolution, 'hosts')).toEqual(['a', 'z', 'c']);
    expect(propertiesOf(resolution).get('hosts')?.winner.layer).toBe('base');
    expect(propertiesOf(resolution).get('hosts.1')?.winner.layer).toBe('top');
  });

  it('changes a part of an item', () => {
    const base = { 'app.yaml': 'm: [{host: a, port: 1}]' };
    expect(listOf(resolveLayers({ base, top: 'm.0.port=2' }), 'm')).toEqual([{ host: 'a', port: '2' }]);
  });

  it('appends an item that goes on counting; after a gap it is a plain key', () => {
    const resolution = resolveLayers({ base: HOSTS, top: 'hosts.3=d\nhosts.4=e\nhosts.9=x\nhosts.05=y' });
    expect(listOf(resolution, 'hosts')).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(valuesOf(resolution)).toMatchObject({ 'hosts.9': 'x', 'hosts.05': 'y' });
  });

  it('takes an item that has a value of its own as that value; keys below stay plain keys', () => {
    const resolution = resolveLayers({ base: HOSTS, top: 'hosts.0.port=${hosts}' });
    expect(listOf(resolution, 'hosts')).toEqual(['a', 'b', 'c']);
    expect(valuesOf(resolution)['hosts.0.port']).toBe('["a","b","c"]');
  });
});

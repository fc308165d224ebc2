import { describe, expect, it } from 'vitest';
import { matching, rowsOf } from '#agent/dashboard/page/rows.ts';
import type { Config, Layer } from '#agent/dashboard/page/documents.ts';

const LAYERS: readonly Layer[] = [
  { name: 'base', state: 'present', files: [], keys: 2, effective: ['db.host', '__proto__'] },
  { name: 'role/web', state: 'present', files: [], keys: 1, effective: ['nginx.upstreams'] },
];
const CONFIG = JSON.parse(
  '{"generation":1,"properties":{"db.host":"Payroll.example","__proto__":"x","nginx.upstreams":["a","b"]}}',
) as Config;

const ROWS = rowsOf(CONFIG, LAYERS);
const keys = (search: string, layer?: string): readonly string[] =>
  matching(ROWS, search, layer).map(({ key }) => key);

describe('rows of properties', () => {
  it('have every key as it is, the layer whose value it is, and a list as text', () => {
    expect(ROWS.map(({ key, value, layer }) => [key, value, layer])).toEqual([
      ['db.host', 'Payroll.example', 'base'],
      ['__proto__', 'x', 'base'],
      ['nginx.upstreams', '["a","b"]', 'role/web'],
    ]);
  });

  it.each([
    ['HOST payroll', ['db.host']],
    ['payroll nobody', []],
    ['  ', ['db.host', '__proto__', 'nginx.upstreams']],
    ['.*', []],
  ])('are found by every word, in key or value, as it stands: %j', (search, expected) => {
    expect(keys(search)).toEqual(expected);
  });

  it('are those of one layer', () => {
    expect(keys('', 'role/web')).toEqual(['nginx.upstreams']);
    expect(keys('host', 'role/web')).toEqual([]);
  });

  it('are searched fast enough to be searched with each letter, however many and however long', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 50_000 }, (_, index) => [`key.${index}`, `value ${index}`]),
    );
    properties['huge'] = 'x'.repeat(1_000_000);
    const rows = rowsOf({ generation: 1, properties }, LAYERS);
    expect(Math.max(...rows.map(({ sought }) => sought.length))).toBeLessThan(2100);
    expect(matching(rows, 'value 49999', undefined).map(({ key }) => key)).toEqual(['key.49999']);
  });
});

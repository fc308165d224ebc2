import { describe, expect, it } from 'vitest';
import { problemsOf, resolveLayers, valuesOf } from '../support/resolving.ts';

const BASE = {
  'app.yaml': 'a: 1\ndb: { host: h, port: 5, pool: { max: 9 } }\nhosts: [x, y]\nref: "${a:none}"\n',
};

describe('a key whose whole value is ${@unset}', () => {
  it('is as if no weaker layer had set it: references take their defaults', () => {
    expect(valuesOf(resolveLayers({ base: BASE, top: 'a=${@unset}' }))).toEqual({
      'db.host': 'h',
      'db.port': '5',
      'db.pool.max': '9',
      hosts: '["x","y"]',
      'hosts.0': 'x',
      'hosts.1': 'y',
      ref: 'none',
    });
  });

  it('takes a whole map or list away, and leaves what its own layer says below it', () => {
    const top = { 'app.yaml': 'db: ${@unset}\ndb.host: new\nhosts: ${@unset}\n' };
    expect(valuesOf(resolveLayers({ base: BASE, top }))).toEqual({ a: '1', 'db.host': 'new', ref: '1' });
  });

  it('holds until a stronger layer sets the key again, and for nothing that begins alike', () => {
    const layers = { base: 'a=1\na.b=2\nab=3', middle: 'a=${@unset}', top: 'a.b=4' };
    expect(valuesOf(resolveLayers(layers))).toEqual({ 'a.b': '4', ab: '3' });
  });

  it('is remembered with who took it and who had set it', () => {
    const resolution = resolveLayers({
      base: BASE,
      middle: 'a=${@unset}',
      top: 'db=${@unset}\nnew=${@unset}',
    });
    const removed = resolution.kind === 'resolved' ? [...resolution.removed] : [];
    const told = removed.map(([key, { by, of }]) => `${key} ${by.layer}:${by.line} ${of?.layer}:${of?.line}`);
    expect(told).toEqual([
      'a middle:1 base:1',
      'db.host top:1 base:2',
      'db.port top:1 base:2',
      'db.pool.max top:1 base:2',
      'db top:1 undefined:undefined',
      'new top:2 undefined:undefined',
    ]);
  });

  it('takes nothing away where there is nothing', () => {
    expect(valuesOf(resolveLayers({ base: 'a=${@unset}' }))).toEqual({});
  });

  it.each([
    ['a part of a value', { base: 'a=x${@unset}' }],
    ['an item of a list', { base: BASE, top: 'hosts.1=${@unset}' }],
  ])('is refused as %s', (_, layers) => {
    expect(problemsOf(resolveLayers(layers))).toMatchObject([
      {
        code: 'LF_REFERENCE_UNKNOWN',
        message: expect.stringContaining('is the whole value of a key that is taken away'),
      },
    ]);
  });
});

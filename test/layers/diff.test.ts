import { describe, expect, it } from 'vitest';
import { diffEffective } from '../../config-service/layers/diff.ts';
import { propertiesOf, resolveLayers } from '../support/resolving.ts';

describe('diffEffective', () => {
  it('lists what is added, removed and changed, each by key, and no mere move', () => {
    const before = propertiesOf(resolveLayers({ base: 'z=1\nc=1\nb=1\nsame=1\nr=\nq=1' }));
    const after = propertiesOf(resolveLayers({ base: 'same=1', top: 'y=\nx=1\nb=2\nc=\nz=1' }));
    expect(diffEffective(before, after)).toEqual({
      added: [
        { key: 'x', value: '1' },
        { key: 'y', value: '' },
      ],
      removed: [
        { key: 'q', value: '1' },
        { key: 'r', value: '' },
      ],
      changed: [
        { key: 'b', before: '1', after: '2' },
        { key: 'c', before: '1', after: '' },
      ],
    });
  });
});

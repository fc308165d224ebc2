import { describe, expect, it } from 'vitest';
import { SecretStates } from '#agent/secrets/secret-shelf.ts';

const ITEM = { service: 'ssm', id: '/a', selector: '' } as const;
const NAME = { kind: 'name', ...ITEM, field: undefined } as const;

function versionsOf(...readings: (readonly [string, string | undefined])[]): unknown[] {
  let seed = 0;
  const shelf = new SecretStates(() => (seed += 0.1));
  return readings.map(([text, version]) => {
    shelf.take(ITEM, { kind: 'text', text, version, arn: undefined }, 0);
    const value = shelf.lookUp(NAME);
    return value?.kind === 'value' ? value.version : undefined;
  });
}

describe('the version of a secret', () => {
  it('is what its service counts', () => {
    expect(versionsOf(['a', '1'], ['a', '2'], ['b', '3'])).toEqual(['1', '2', '3']);
  });

  it('differs for another text where the service does not count, or counts wrong', () => {
    const [a, again, b, c] = versionsOf(
      ['a', undefined],
      ['a', undefined],
      ['b', undefined],
      ['c', undefined],
    );
    expect(again).toBe(a);
    expect(new Set([a, b, c]).size).toBe(3);
    const [one, other] = versionsOf(['a', '1'], ['b', '1']);
    expect(other).not.toBe(one);
  });
});

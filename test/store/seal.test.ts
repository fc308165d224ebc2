import { describe, expect, it } from 'vitest';
import { deriveSealKey } from '../../config-service/store/seal/seal-key.ts';
import { readSealHeader, sealHead } from '../../config-service/store/seal/seal-header.ts';
import { openSealed, seal } from '../../config-service/store/seal/seal.ts';
import { ELSEWHERE, HERE, keyOf, SIBLING } from '../support/sealing.ts';

const SECRET = Buffer.from('db.password=correct horse battery staple');
const key = keyOf();
const kindOf = (bytes: Uint8Array, opener = key, purpose = 'last-good') =>
  openSealed(opener, purpose, bytes).kind;

describe('a seal', () => {
  it('opens for the instance that made it', () => {
    expect(openSealed(key, 'last-good', seal(key, 'last-good', SECRET))).toEqual({
      kind: 'opened',
      stamp: HERE,
      plaintext: SECRET,
    });
    expect(openSealed(key, 'last-good', seal(key, 'last-good', new Uint8Array()))).toMatchObject({
      kind: 'opened',
      plaintext: Buffer.alloc(0),
    });
  });

  it('never shows what it holds, and never twice the same bytes', () => {
    const [one, two] = [seal(key, 'last-good', SECRET), seal(key, 'last-good', SECRET)];
    expect(Buffer.from(one).includes('correct horse')).toBe(false);
    expect(Buffer.from(one).equals(two)).toBe(false);
    const bodies = [one, two].map((bytes) => Buffer.from(bytes).subarray(-SECRET.length - 16));
    expect(bodies[0]).not.toEqual(bodies[1]);
  });

  it('draws a nonce for each write, and has a key for each purpose', () => {
    const nonces = Array.from({ length: 2000 }, () => {
      const read = readSealHeader(seal(key, 'last-good', SECRET));
      return read.kind === 'read' ? Buffer.from(read.header.nonce).toString('hex') : '';
    });
    expect(new Set(nonces).size).toBe(2000);
    const [one, two] = ['last-good', 'overrides'].map((purpose) => key.forPurpose(purpose).export());
    expect(one).toHaveLength(32);
    expect(one).not.toEqual(two);
  });

  it('tells a foreign stamp and a sibling before any key is tried', () => {
    const foreign = openSealed(key, 'last-good', seal(keyOf(ELSEWHERE), 'last-good', SECRET));
    expect(foreign).toMatchObject({ kind: 'foreign', stamp: ELSEWHERE });
    const sibling = openSealed(key, 'last-good', seal(keyOf(SIBLING), 'last-good', SECRET));
    expect(sibling).toMatchObject({ kind: 'other-instance', stamp: SIBLING });
    const torn = seal(keyOf(ELSEWHERE), 'last-good', SECRET).subarray(0, -SECRET.length - 16);
    expect(kindOf(torn)).toBe('foreign');
  });

  it('does not open with another signature, nor for another purpose', () => {
    const sealed = seal(key, 'last-good', SECRET);
    expect(kindOf(sealed, keyOf(HERE, 'after stop and start'))).toBe('unreadable');
    expect(openSealed(key, 'overrides', sealed)).toMatchObject({
      kind: 'unreadable',
      reason: 'it was sealed as last-good, not as overrides',
    });
  });

  it('does not open under a stamp that was forged to look local', () => {
    const foreign = seal(keyOf(ELSEWHERE, 'their signature'), 'last-good', SECRET);
    const read = readSealHeader(foreign);
    if (read.kind !== 'read') throw new Error(read.reason);
    const forged = Buffer.concat([sealHead({ ...read.header, stamp: HERE }), foreign.subarray(read.length)]);
    expect(kindOf(forged)).toBe('unreadable');
    // Not even by someone who has the same signature: the stamp is part of the key.
    const sameSignature = seal(keyOf(ELSEWHERE), 'last-good', SECRET);
    const again = Buffer.concat([
      sealHead({ ...read.header, stamp: HERE }),
      sameSignature.subarray(read.length),
    ]);
    expect(kindOf(again)).toBe('unreadable');
  });

  it('has a name for damage to any byte, and never opens', () => {
    const sealed = seal(key, 'last-good', SECRET);
    for (let at = 0; at < sealed.length; at += 1) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const damaged = Buffer.from(sealed);
        damaged.writeUInt8(damaged.readUInt8(at) ^ flip, at);
        expect(kindOf(damaged), `byte ${at}`).not.toBe('opened');
      }
    }
  });

  it('has a name for every torn end, and for bytes too many', () => {
    const sealed = seal(key, 'last-good', SECRET);
    for (let length = 0; length < sealed.length; length += 1) {
      expect(kindOf(sealed.subarray(0, length)), `${length} bytes`).toBe('unreadable');
    }
    expect(kindOf(Buffer.concat([sealed, Buffer.of(0)]))).toBe('unreadable');
  });

  it('of a newer version says so', () => {
    const newer = Buffer.from(seal(key, 'last-good', SECRET));
    newer.write('LFSEAL2\n', 0, 'latin1');
    expect(openSealed(key, 'last-good', newer)).toEqual({
      kind: 'unreadable',
      reason: 'another version of Landfall sealed it',
    });
  });

  it('cannot be made without a signature', () => {
    expect(deriveSealKey(undefined, HERE)).toBeUndefined();
    expect(deriveSealKey(' \n', HERE)).toBeUndefined();
  });

  it('does not mind how IMDS wraps the lines of the signature', () => {
    const sealed = seal(keyOf(HERE, 'abc\ndef\n'), 'last-good', SECRET);
    expect(kindOf(sealed, keyOf(HERE, 'abcdef'))).toBe('opened');
  });
});

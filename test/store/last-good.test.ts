import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fetched } from '../../config-service/sources/layer-source.ts';
import {
  decodeRemembered,
  encodeRemembered,
} from '../../config-service/store/documents/last-good-encoding.ts';
import { createLastGood } from '../../config-service/store/documents/last-good.ts';
import type { Remembered } from '../../config-service/store/folder/remembered.ts';
import { seal } from '../../config-service/store/seal/seal.ts';
import { verdictOf } from '../support/fetching.ts';
import { ELSEWHERE, HERE, keyOf, SIBLING } from '../support/sealing.ts';

const text = (content: string) => Uint8Array.from(Buffer.from(content));
// What a source gives is what is remembered: this assignment is the proof that the shapes agree.
const FETCHED: Fetched = {
  release: 'r1',
  layout: 'release',
  unchanged: false,
  etags: new Map([['s3://config/p/current.json', '"etag"']]),
  layers: [
    {
      name: 'base',
      files: [
        {
          path: 'a.properties',
          object: 's3://config/a',
          sha256: 'aa',
          bytes: text('db.password=PLAINTEXT-ONE'),
        },
        { path: 'empty', object: 's3://config/e', sha256: 'ee', bytes: text('') },
      ],
    },
    { name: 'role/web', files: [] },
    {
      name: 'instance/i-0abc',
      files: [{ path: 'b.yaml', object: 's3://config/b', sha256: 'bb', bytes: text('key: PLAINTEXT-TWO') }],
    },
  ],
};
const REMEMBERED: Remembered = { ...FETCHED, savedAt: 1_795_231_260_000, tags: new Map([['Role', 'web']]) };
const { release, layout, layers, etags, savedAt, tags } = REMEMBERED;
const EXPECTED = { release, layout, layers, etags, savedAt, tags };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'landfall-last-good-'));
  path = join(folder, 'last-good.sealed');
});
afterEach(() => rm(folder, { recursive: true }));

describe('the last good configuration', () => {
  it('comes back as it was saved, bytes, tags and etags', async () => {
    const lastGood = createLastGood(folder, keyOf());
    expect(await lastGood.load()).toEqual({ kind: 'absent' });
    expect(verdictOf(await lastGood.save(REMEMBERED))).toBe('ok');
    const loaded = await createLastGood(folder, keyOf()).load();
    if (loaded.kind !== 'loaded') throw new Error(loaded.kind);
    expect(plain(loaded.content)).toEqual(EXPECTED);
  });

  it('leaves one file of mode 0600 that holds no value in clear', async () => {
    const lastGood = createLastGood(folder, keyOf());
    await lastGood.save(REMEMBERED);
    await lastGood.save({ ...REMEMBERED, savedAt: 2 });
    expect(await readdir(folder)).toEqual(['last-good.sealed']);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const raw = await readFile(path);
    for (const secret of ['PLAINTEXT', 'db.password', 's3://config', 'web']) {
      expect(raw.includes(secret), secret).toBe(false);
      expect(raw.includes(Buffer.from(secret).toString('base64').slice(0, -2)), secret).toBe(false);
    }
  });

  it.each([
    ['foreign', keyOf(ELSEWHERE)],
    ['other-instance', keyOf(SIBLING)],
    ['unreadable', keyOf(HERE, 'another signature')],
  ] as const)('of someone else is ignored as %s', async (why, theirs) => {
    await createLastGood(folder, theirs).save(REMEMBERED);
    expect(await createLastGood(folder, keyOf()).load()).toMatchObject({ kind: 'ignored', why });
  });

  it('that is torn, damaged, a link, a folder or a newer one is ignored with a reason', async () => {
    const lastGood = createLastGood(folder, keyOf());
    await lastGood.save(REMEMBERED);
    const whole = await readFile(path);
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(damaged.readUInt8(damaged.length - 20) ^ 1, damaged.length - 20);
    const newer = seal(keyOf(), 'last-good', Buffer.from('\0\0\0\u000c{"format":2}', 'latin1'));
    for (const bytes of [whole.subarray(0, whole.length / 2), damaged, newer, Buffer.alloc(0)]) {
      await writeFile(path, bytes);
      expect(await lastGood.load()).toMatchObject({ kind: 'ignored', why: 'unreadable' });
    }
    await rm(path);
    await writeFile(join(folder, 'target'), whole);
    await symlink('target', path);
    expect(await lastGood.load()).toMatchObject({ kind: 'ignored', reason: 'it is no regular file' });
    await rm(path);
    await mkdir(path);
    expect(await lastGood.load()).toMatchObject({
      kind: 'ignored',
      reason: 'it is no regular file',
    });
    expect(verdictOf(await lastGood.save(REMEMBERED))).toBe('fail LF_STATE_DIR');
  });

  it('can be removed, also when there is none', async () => {
    const lastGood = createLastGood(folder, keyOf());
    await lastGood.save(REMEMBERED);
    expect(verdictOf(await lastGood.remove())).toBe('ok');
    expect(verdictOf(await lastGood.remove())).toBe('ok');
    expect(await lastGood.load()).toEqual({ kind: 'absent' });
  });

  it('that cannot be written is a fault, and the old one stays', async () => {
    const lost = createLastGood(join(folder, 'gone'), keyOf());
    expect(verdictOf(await lost.save(REMEMBERED))).toBe('retry LF_STATE_DIR');
  });
});

describe('the encoding of the last good configuration', () => {
  it('has no meaning when cut or extended', () => {
    const encoded = encodeRemembered(REMEMBERED);
    for (let length = 0; length < encoded.length; length += 1) {
      expect(decodeRemembered(encoded.subarray(0, length)), `${length} bytes`).toBeUndefined();
    }
    expect(decodeRemembered(Buffer.concat([encoded, Buffer.of(0)]))).toBeUndefined();
  });

  it('keeps every byte of every file', () => {
    const file = fc.record({
      path: fc.string(),
      object: fc.string(),
      sha256: fc.string(),
      bytes: fc.uint8Array(),
    });
    const some = fc.array(fc.record({ name: fc.string(), files: fc.array(file, { maxLength: 4 }) }), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(some, fc.array(fc.tuple(fc.string(), fc.string())), (arbitrary, pairs) => {
        const remembered: Remembered = { ...EXPECTED, layers: arbitrary, etags: new Map(pairs) };
        const decoded = decodeRemembered(encodeRemembered(remembered));
        expect(decoded && plain(decoded)).toEqual(remembered);
      }),
    );
  });
});

/** With plain arrays for the views into one buffer. */
function plain(remembered: Remembered): Remembered {
  return {
    ...remembered,
    layers: remembered.layers.map(({ name, files }) => ({
      name,
      files: files.map((file) => ({ ...file, bytes: Uint8Array.from(file.bytes) })),
    })),
  };
}

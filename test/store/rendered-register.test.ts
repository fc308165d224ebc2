import { chown, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isPlainPath,
  printRegister,
  readRegister,
} from '../../config-service/store/folder/register-format.ts';
import { createRenderedRegister } from '../../config-service/store/folder/rendered-register.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { renderedHost, sha256, UID } from '../support/rendered.ts';
import { ELSEWHERE, HERE, SIBLING } from '../support/sealing.ts';

const FILES = [
  { path: '/etc/nginx/nginx.conf', sha256: sha256('a') },
  { path: '/srv/name with\nnewline "and" ünïcode', sha256: sha256('b') },
];

describe('the text of a register', () => {
  it('gives back what was put in, whatever the paths are', () => {
    const path = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .map((name) => `/etc/${name}`)
      .filter(isPlainPath);
    const files = fc.array(fc.record({ path, sha256: fc.constant(sha256('x')) }));
    fc.assert(
      fc.property(files, (list) => {
        expect(readRegister(printRegister(HERE, list))).toEqual({ kind: 'read', stamp: HERE, files: list });
      }),
    );
  });

  it('is read whole or not at all: any byte changed, any end cut, any line left out', () => {
    const text = Buffer.from(printRegister(ELSEWHERE, FILES));
    for (let at = 0; at < text.length; at += 1) {
      const damaged = Buffer.from(text);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0x01, at);
      expect(readRegister(damaged.toString('utf8')).kind, `byte ${at}`).toBe('unreadable');
      expect(readRegister(text.toString('utf8', 0, at)).kind, `${at} bytes`).toBe('unreadable');
    }
    expect(readRegister(`${text.toString('utf8')}["/etc/passwd",""]\n`).kind).toBe('unreadable');
  });

  it('of another version says so', () => {
    const newer = printRegister(ELSEWHERE, FILES).replace('LFREG1', 'LFREG7');
    expect(readRegister(newer)).toEqual({
      kind: 'unreadable',
      reason: 'another version of Landfall wrote it',
    });
  });

  it.each(['etc/passwd', '/etc/../etc/passwd', '/etc//passwd', '/etc/', '/', '', '/a\0b', './x'])(
    'cannot name %j',
    (path) => {
      expect(readRegister(printRegister(ELSEWHERE, [{ path, sha256: '' }]))).toEqual({
        kind: 'unreadable',
        reason: 'it lists what is no path',
      });
    },
  );
});

describe('the register of rendered files', () => {
  it('is kept for its owner only, in clear, under the stamp of this instance', async () => {
    const { state, register } = await renderedHost();
    const kept = createRenderedRegister(state, HERE, UID);
    expect(await kept.load()).toEqual({ kind: 'absent' });
    valueOf(await kept.save(FILES));
    expect(await kept.load()).toEqual({ kind: 'loaded', files: FILES });
    expect((await stat(register)).mode & 0o777).toBe(0o600);
    expect(await readFile(register, 'utf8')).toContain('/etc/nginx/nginx.conf');
  });

  it('of many saves under way at once ends with the last', async () => {
    const { state } = await renderedHost();
    const kept = createRenderedRegister(state, HERE, UID);
    const lists = Array.from({ length: 20 }, (_, index) => [
      { path: `/etc/${index}`, sha256: sha256(`${index}`) },
    ]);
    const saved = await Promise.all(lists.map((list) => kept.save(list)));
    expect(saved.map(verdictOf)).toEqual(lists.map(() => 'ok'));
    expect(await kept.load()).toEqual({ kind: 'loaded', files: lists.at(-1) });
  });

  it('is nobody else’s', async () => {
    const { state } = await renderedHost();
    const kept = createRenderedRegister(state, HERE, UID);
    for (const [stamp, why] of [
      [ELSEWHERE, 'foreign'],
      [SIBLING, 'other-instance'],
    ] as const) {
      valueOf(await createRenderedRegister(state, stamp, UID).save(FILES));
      expect(await kept.load()).toMatchObject({ kind: 'ignored', why });
    }
  });

  it('that is torn, a link, or of another owner is ignored with a reason', async () => {
    const { root, state, register } = await renderedHost();
    const kept = createRenderedRegister(state, HERE, UID);
    await writeFile(register, printRegister(HERE, FILES).slice(0, -3));
    expect(await kept.load()).toMatchObject({ kind: 'ignored', reason: 'it is torn or damaged' });
    if (UID === 0) {
      await writeFile(register, printRegister(HERE, FILES));
      await chown(register, 12_345, 12_345);
      expect(await kept.load()).toMatchObject({ kind: 'ignored', reason: 'it belongs to uid 12345' });
    }
    await writeFile(join(root, 'target'), printRegister(HERE, FILES));
    await rm(register);
    await symlink(join(root, 'target'), register);
    expect(await kept.load()).toMatchObject({ kind: 'ignored', reason: 'it is no regular file' });
  });

  it('that cannot be written is a fault, and a path that is none a defect', async () => {
    const kept = createRenderedRegister('/proc/self/landfall', HERE, UID);
    expect(verdictOf(await kept.save(FILES))).toMatch(/LF_STATE_DIR$/);
    await expect(kept.save([{ path: 'etc/x', sha256: '' }])).rejects.toThrow('no absolute, plain path');
  });
});

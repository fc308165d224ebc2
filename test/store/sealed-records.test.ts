import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sealedRecords } from '../../config-service/store/seal/sealed-records.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { renderedHost } from '../support/rendered.ts';
import { ELSEWHERE, keyOf } from '../support/sealing.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');

describe('sealed records', () => {
  it('are kept by name, each in a file of its own that the fence knows', async () => {
    const { state } = await renderedHost();
    const spool = sealedRecords(state, keyOf(), 'spool');
    expect(valueOf(await spool.names())).toEqual([]);
    expect(await spool.load('0001')).toEqual({ kind: 'absent' });
    for (const name of ['0002', '0001']) valueOf(await spool.save(name, bytes(name)));
    valueOf(await sealedRecords(state, keyOf(), 'other').save('0003', bytes('x')));
    expect(valueOf(await spool.names())).toEqual(['0001', '0002']);
    expect(await spool.load('0002')).toEqual({ kind: 'loaded', plaintext: bytes('0002') });
    valueOf(await spool.remove('0002'));
    valueOf(await spool.remove('0002'));
    expect((await readdir(state)).toSorted()).toEqual(['other.0003.sealed', 'spool.0001.sealed']);
  });

  it('cannot stand in for each other, nor for those of another instance', async () => {
    const { state } = await renderedHost();
    const journal = sealedRecords(state, keyOf(), 'journal');
    valueOf(await journal.save('old', bytes('old')));
    await rename(join(state, 'journal.old.sealed'), join(state, 'journal.new.sealed'));
    expect(await journal.load('new')).toMatchObject({ kind: 'ignored', why: 'unreadable' });
    valueOf(await sealedRecords(state, keyOf(ELSEWHERE), 'journal').save('new', bytes('x')));
    expect(await journal.load('new')).toMatchObject({ kind: 'ignored', why: 'foreign' });
  });

  it('happen in the order they were asked for, removals too', async () => {
    const { state } = await renderedHost();
    const journal = sealedRecords(state, keyOf(), 'journal');
    const asked = Array.from({ length: 30 }, (_, index) =>
      index % 3 === 2 ? journal.remove('a') : journal.save('a', bytes(`${index}`)),
    );
    asked.push(journal.save('a', bytes('last')));
    expect(new Set((await Promise.all(asked)).map(verdictOf))).toEqual(new Set(['ok']));
    expect(await journal.load('a')).toEqual({ kind: 'loaded', plaintext: bytes('last') });
    expect(await readdir(state)).toEqual(['journal.a.sealed']);
  });

  it('that cannot be written are a fault, and an odd name is a defect', async () => {
    const journal = sealedRecords('/proc/self/landfall', keyOf(), 'journal');
    expect(verdictOf(await journal.save('a', bytes('')))).toMatch(/LF_STATE_DIR$/);
    expect(valueOf(await journal.names())).toEqual([]);
    for (const name of ['', '../a', 'a.b', 'A'])
      await expect(journal.load(name)).rejects.toThrow('cannot name a record');
  });
});

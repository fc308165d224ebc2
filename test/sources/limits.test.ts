import { describe, expect, it } from 'vitest';
import { createTreeSource } from '../../config-service/sources/tree-source.ts';
import { tick, verdictOf } from '../support/fetching.ts';
import { MemoryStore } from '../support/memory-store.ts';

const MEBIBYTE = 1024 * 1024;
const fetchBase = (store: MemoryStore) => tick(createTreeSource({ store, prefix: '' }), ['base']);

describe('the limits of a fetch', () => {
  it('allow an object of 10 MiB and no byte more, noticed before it is read', async () => {
    const store = new MemoryStore().put('base/a', Buffer.alloc(10 * MEBIBYTE));
    expect(verdictOf(await fetchBase(store))).toBe('ok');
    store.put('base/a', Buffer.alloc(10 * MEBIBYTE + 1)).takeRequests();
    expect(verdictOf(await fetchBase(store))).toBe('fail LF_OBJECT_TOO_LARGE');
    expect(store.requests).toEqual(['LIST ']);
  });

  it('allow 1,000 files in a layer', async () => {
    const store = new MemoryStore();
    for (let n = 0; n < 1000; n += 1) store.put(`base/${n}`, 'x');
    expect(verdictOf(await fetchBase(store))).toBe('ok');
    expect(verdictOf(await fetchBase(store.put('base/one-more', 'x')))).toBe('fail LF_OBJECT_TOO_LARGE');
  });

  it('allow 64 MiB of all layers together', async () => {
    const store = new MemoryStore();
    for (let n = 0; n < 8; n += 1) store.put(`base/${n}`, Buffer.alloc(8 * MEBIBYTE));
    expect(verdictOf(await fetchBase(store))).toBe('ok');
    const outcome = await fetchBase(store.put('base/one-more', 'x'));
    expect(outcome).toMatchObject({
      kind: 'fail',
      fault: { code: 'LF_OBJECT_TOO_LARGE', cause: expect.stringContaining('67108865 bytes') },
    });
  });

  it('hold for an object that grew after it was listed', async () => {
    const store = new MemoryStore().put('base/a', 'small');
    const list = store.list;
    store.list = async (...args) => {
      const listed = await list(...args);
      store.put('base/a', Buffer.alloc(10 * MEBIBYTE + 1));
      return listed;
    };
    expect(verdictOf(await fetchBase(store))).toBe('fail LF_OBJECT_TOO_LARGE');
  });
});

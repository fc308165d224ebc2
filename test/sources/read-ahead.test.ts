import { expect, it } from 'vitest';
import { readAhead } from '../../config-service/sources/read-ahead.ts';
import { createAutoSource } from '../../config-service/sources/auto-source.ts';
import { tick, verdictOf } from '../support/fetching.ts';
import { failing, MemoryStore } from '../support/memory-store.ts';

const { signal } = new AbortController();
const early = { prefix: 'p', pointer: true, tree: true, signal };
const LAYERS = ['base'];

function bucket(): MemoryStore {
  return new MemoryStore().put('p/base/app.properties', 'a=1');
}

it('asks at once for what the first fetch starts with, and asks the same no second time', async () => {
  const store = bucket();
  const ahead = readAhead(store, early);
  await new Promise((resolve) => setImmediate(resolve));
  expect(store.takeRequests()).toEqual(['GET p/current.json 404', 'LIST p/']);
  const source = createAutoSource({ store: ahead, prefix: 'p', region: 'eu-west-1', seenRelease: false });
  const first = await tick(source, LAYERS);
  expect(verdictOf(first)).toBe('ok');
  expect(store.takeRequests()).toEqual(['GET p/base/app.properties 200']);
});

it('answers the first fetch only: the next sees what is there then', async () => {
  const store = bucket();
  const ahead = readAhead(store, early);
  const options = { atMost: 250, signal };
  expect(await ahead.list('p/', options)).toMatchObject({
    value: { objects: [{ key: 'p/base/app.properties' }] },
  });
  store.put('p/base/new.properties', 'b=2');
  expect(await ahead.list('p/', options)).toMatchObject({
    value: { objects: [{}, { key: 'p/base/new.properties' }] },
  });
});

it('hands a failure on as it is', async () => {
  const store = bucket().failOn('GET p/current.json', failing('LF_REGION_BUCKET'));
  const ahead = readAhead(store, early);
  const source = createAutoSource({ store: ahead, prefix: 'p', region: 'eu-west-1', seenRelease: false });
  expect(verdictOf(await tick(source, LAYERS))).toBe('fail LF_REGION_BUCKET');
});

it('asks for nothing that the layout does not need', async () => {
  const store = bucket();
  readAhead(store, { ...early, tree: false });
  readAhead(store, { ...early, pointer: false });
  await new Promise((resolve) => setImmediate(resolve));
  expect(store.takeRequests()).toEqual(['GET p/current.json 404', 'LIST p/']);
});

import { describe, expect, it } from 'vitest';
import { createAutoSource } from '../../config-service/sources/auto-source.ts';
import { contentOf, tick, valueOf, verdictOf } from '../support/fetching.ts';
import { MemoryStore, failing, retrying } from '../support/memory-store.ts';
import { publish } from '../support/release-fixture.ts';

const LAYERS = ['base', 'role/web'];
const tree = () => new MemoryStore().put('p/base/app.properties', 'tree=1');
const place = (store: MemoryStore) => ({ store, prefix: 'p', region: 'eu-west-1' });
const source = (store: MemoryStore, seenRelease = false, onRelease = () => {}) =>
  createAutoSource({ ...place(store), seenRelease, onRelease });

describe('the auto source', () => {
  it('asks for pointer and listings side by side, then only for what is needed', async () => {
    const store = tree();
    valueOf(await tick(source(store), LAYERS));
    expect(store.widest).toBe(2);
    expect(store.requests).toEqual(['GET p/current.json 404', 'LIST p/', 'GET p/base/app.properties 200']);
  });

  it('asks for one thing a try while the source is away, and lists once there is no pointer for sure', async () => {
    const store = tree().failOn('GET p/current.json', retrying('LF_SOURCE_UNREACHABLE'));
    const auto = source(store);
    for (let tries = 0; tries < 4; tries += 1) await tick(auto, LAYERS);
    const asked = store.takeRequests();
    expect(asked.filter((request) => request.startsWith('LIST'))).toEqual(['LIST p/']);
    expect(asked).toHaveLength(4 + 1);
    store.heal();
    valueOf(await tick(auto, LAYERS));
    expect(store.takeRequests()).toEqual([
      'GET p/current.json 404',
      'LIST p/',
      'GET p/base/app.properties 200',
    ]);
  });

  it('keeps looking for a release, at the price of one request a tick, and takes it when it comes', async () => {
    const store = tree();
    const auto = source(store);
    const first = valueOf(await tick(auto, LAYERS));
    store.takeRequests();
    const quiet = valueOf(await tick(auto, LAYERS, first));
    expect(quiet).toMatchObject({ layout: 'tree', unchanged: true });
    expect(store.takeRequests()).toHaveLength(3);

    publish(store, 'r1', { base: { 'app.properties': 'release=1' } });
    const released = valueOf(await tick(auto, LAYERS, quiet));
    expect(released).toMatchObject({ layout: 'release', release: 'r1', unchanged: false });
    expect(contentOf(released)).toEqual(['base/app.properties=release=1']);
    store.takeRequests();
    valueOf(await tick(auto, LAYERS, released));
    expect(store.takeRequests()).toEqual(['GET p/current.json 304']);
  });

  it('tells the caller about a release, and never falls back to a tree afterwards', async () => {
    const store = tree();
    publish(store, 'r1', { base: { 'app.properties': 'release=1' } });
    let told = 0;
    const auto = source(store, false, () => (told += 1));
    const first = valueOf(await tick(auto, LAYERS));
    expect(told).toBe(1);
    store.delete('p/current.json').takeRequests();
    expect(verdictOf(await tick(auto, LAYERS))).toBe('retry LF_RELEASE_GONE');
    expect(verdictOf(await tick(auto, LAYERS, first))).toBe('retry LF_RELEASE_GONE');
    expect(store.requests).toEqual(['GET p/current.json 404', 'GET p/current.json 404']);
  });

  it('remembers across restarts through the caller or through the last good fetch', async () => {
    const store = tree();
    expect(verdictOf(await tick(source(store, true), LAYERS))).toBe('retry LF_RELEASE_GONE');
    const released = tree();
    publish(released, 'r1', { base: { 'app.properties': 'release=1' } });
    const lastGood = valueOf(await tick(source(released), LAYERS));
    expect(verdictOf(await tick(source(store), LAYERS, lastGood))).toBe('retry LF_RELEASE_GONE');
  });

  it.each(['LF_SOURCE_DENIED', 'LF_REGION_BUCKET'] as const)(
    'takes %s on the pointer as what it is, never as "no release"',
    async (code) => {
      const store = tree().failOn('GET p/current.json', failing(code));
      expect(verdictOf(await tick(source(store), LAYERS))).toBe(`fail ${code}`);
    },
  );

  it('does not hide a foreign or broken pointer behind a tree', async () => {
    const store = tree();
    publish(store, 'r1', {}, 'us-east-1');
    expect(verdictOf(await tick(source(store), LAYERS))).toBe('fail LF_REGION_MANIFEST');
    store.put('p/current.json', 'nonsense');
    expect(verdictOf(await tick(source(store), LAYERS))).toBe('fail LF_MANIFEST_INVALID');
  });

  it('does not care that listing is denied when there is a release', async () => {
    const store = tree()
      .failOn('LIST p/', failing('LF_SOURCE_DENIED'))
      .failOn('LIST p/base/', failing('LF_SOURCE_DENIED'));
    expect(verdictOf(await tick(source(store), LAYERS))).toBe('fail LF_SOURCE_DENIED');
    publish(store, 'r1', { base: { 'app.properties': 'release=1' } });
    expect(verdictOf(await tick(source(store), LAYERS))).toBe('ok');
  });

  it('stops a listing that turns out not to be needed, and does not wait for it', async () => {
    const store = tree();
    publish(store, 'r1', { base: { 'app.properties': 'release=1' } });
    const stopped: boolean[] = [];
    store.list = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          stopped.push(true);
          reject(new Error('aborted'));
        });
      });
    expect(verdictOf(await tick(source(store), LAYERS))).toBe('ok');
    expect(stopped).toEqual([true]);
  });
});

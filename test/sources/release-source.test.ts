import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../config-service/release/digest.ts';
import { createReleaseSource } from '../../config-service/sources/release-source.ts';
import { contentOf, tick, valueOf, verdictOf } from '../support/fetching.ts';
import { MemoryStore, failing } from '../support/memory-store.ts';
import { publish } from '../support/release-fixture.ts';

const LAYERS = ['base', 'region/eu-west-1', 'role/web'];
const CONTENTS = {
  base: { 'app.properties': 'a=1', 'copy.properties': 'a=1' },
  'role/web': { 'app.properties': 'b=2', 'templates/x.liquid': 'T' },
  'role/db': { 'app.properties': 'secret=1' },
};

function published(): MemoryStore {
  const store = new MemoryStore();
  publish(store, 'r1', CONTENTS);
  return store;
}

const source = (store: MemoryStore) => createReleaseSource({ store, prefix: 'p', region: 'eu-west-1' });
const object = (layer: string, text: string) => `p/objects/${layer}/${sha256Hex(text)}`;

describe('the release source', () => {
  it('gives the layers asked for, and leaves those of other roles alone', async () => {
    const store = published();
    const fetched = valueOf(await tick(source(store), LAYERS));
    expect(contentOf(fetched)).toEqual([
      'base/app.properties=a=1',
      'base/copy.properties=a=1',
      'role/web/app.properties=b=2',
      'role/web/templates/x.liquid=T',
    ]);
    expect(fetched).toMatchObject({ release: 'r1', layout: 'release', unchanged: false });
    expect(fetched.layers[1]).toEqual({ name: 'region/eu-west-1', files: [] });
    expect(fetched.layers[0]?.files[0]?.object).toBe(`s3://config/${object('base', 'a=1')}`);
    expect(store.requests.toSorted()).toEqual(
      [
        'GET p/current.json 200',
        `GET ${object('base', 'a=1')} 200`,
        `GET ${object('role/web', 'b=2')} 200`,
        `GET ${object('role/web', 'T')} 200`,
      ].toSorted(),
    );
  });

  it('costs one conditional GET a tick, and each object of a new release once (law 7)', async () => {
    const store = published();
    const first = valueOf(await tick(source(store), LAYERS));
    store.takeRequests();

    const quiet = valueOf(await tick(source(store), LAYERS, first));
    expect(store.takeRequests()).toEqual(['GET p/current.json 304']);
    expect(quiet.unchanged).toBe(true);
    expect(quiet.layers).toBe(first.layers);

    publish(store, 'r2', { ...CONTENTS, 'role/web': { 'app.properties': 'b=3' } });
    const changed = valueOf(await tick(source(store), LAYERS, quiet));
    expect(store.takeRequests()).toEqual(['GET p/current.json 200', `GET ${object('role/web', 'b=3')} 200`]);
    expect(changed).toMatchObject({ release: 'r2', unchanged: false });

    valueOf(await tick(source(store), LAYERS, changed));
    expect(store.takeRequests()).toEqual(['GET p/current.json 304']);
  });

  it('reads the manifest anew when other layers are asked for', async () => {
    const store = published();
    const first = valueOf(await tick(source(store), LAYERS));
    const second = valueOf(await tick(source(store), ['base', 'role/db'], first));
    expect(contentOf(second)).toContain('role/db/app.properties=secret=1');
  });

  it('refuses a release of another region, whatever put it there', async () => {
    const store = new MemoryStore();
    publish(store, 'r1', CONTENTS, 'us-east-1');
    expect(verdictOf(await tick(source(store), LAYERS))).toBe('fail LF_REGION_MANIFEST');
    expect(store.requests).toEqual(['GET p/current.json 200']);
  });

  it.each([
    ['other content', 'b=9'],
    ['more content', 'b=2 '],
    ['no content', ''],
  ])('asks again later when an object has %s than the release says', async (_, text) => {
    const store = published().put(object('role/web', 'b=2'), text);
    expect(verdictOf(await tick(source(store), LAYERS))).toBe('retry LF_DIGEST_MISMATCH');
  });

  it('takes a wrong size for a mismatch, too: limits were checked against it', async () => {
    const store = published();
    const got = valueOf(
      await store.get('p/current.json', { maxBytes: 1e6, signal: new AbortController().signal }),
    );
    const text = got.kind === 'found' ? Buffer.from(got.bytes).toString('utf8') : '';
    store.put('p/current.json', text.replaceAll('"size":3', '"size":2'));
    expect(verdictOf(await tick(source(store), LAYERS))).toBe('retry LF_DIGEST_MISMATCH');
  });

  it('asks again later when an object is missing', async () => {
    const store = published().delete(object('base', 'a=1'));
    expect(verdictOf(await tick(source(store), LAYERS))).toBe('retry LF_OBJECT_MISSING');
  });

  it('refuses sizes beyond the limits before it reads an object', async () => {
    const store = published();
    const release = `"layers":{"base":{"files":[{"path":"a","sha256":"${'0'.repeat(64)}","size":10485761}]}}`;
    store.put(
      'p/current.json',
      `{"format":1,"region":"eu-west-1","stable":{"id":"r1","createdAt":"2026-11-21T03:21:00Z",${release}}}`,
    );
    expect(verdictOf(await tick(source(store), LAYERS))).toBe('fail LF_OBJECT_TOO_LARGE');
    expect(store.requests).toHaveLength(1);
  });

  it('tells "nothing was ever published" from "the release is gone" from "denied" from "malformed"', async () => {
    const store = published();
    const first = valueOf(await tick(source(store), LAYERS));
    store.delete('p/current.json');
    expect(verdictOf(await tick(source(store), LAYERS))).toBe('retry LF_SOURCE_EMPTY');
    expect(verdictOf(await tick(source(store), LAYERS, first))).toBe('retry LF_RELEASE_GONE');
    store.put('p/current.json', '{"format":1,');
    expect(verdictOf(await tick(source(store), LAYERS, first))).toBe('fail LF_MANIFEST_INVALID');
    store.failOn('GET p/current.json', failing('LF_SOURCE_DENIED'));
    expect(verdictOf(await tick(source(store), LAYERS, first))).toBe('fail LF_SOURCE_DENIED');
  });

  it('refuses a "not modified" that nobody asked for', async () => {
    const store = published();
    store.get = () => Promise.resolve({ kind: 'ok', value: { kind: 'unchanged' } });
    expect(verdictOf(await tick(source(store), LAYERS))).toBe('retry LF_SOURCE_MALFORMED');
  });
});

import { describe, expect, it } from 'vitest';
import { createTreeSource } from '../../config-service/sources/tree-source.ts';
import { contentOf, tick, valueOf, verdictOf } from '../support/fetching.ts';
import { MemoryStore, failing, retrying } from '../support/memory-store.ts';

const LAYERS = ['base', 'role/web', 'role/web/environment/prod'];

function payroll(): MemoryStore {
  return new MemoryStore()
    .put('p/base/app.properties', 'a=1')
    .put('p/role/web/app.yaml', 'b: 2')
    .put('p/role/web/environment/prod/app.properties', 'c=3');
}

const source = (store: MemoryStore) => createTreeSource({ store, prefix: 'p' });

describe('the tree source', () => {
  it('gives each layer the files of its own folder, in the order asked for', async () => {
    const store = payroll()
      .put('p/role/web/', '')
      .put('p/role/web/templates/', '')
      .put('p/role/web/templates/deep/nginx.liquid', 'N')
      .put('p/role/web/scripts/base.sh', 'S')
      .put('p/role/web/other/ignored.properties', 'x=1')
      .put('p/role/webmaster/app.properties', 'y=1');
    const fetched = valueOf(await tick(source(store), [...LAYERS, 'instance/i-1']));

    expect(contentOf(fetched)).toEqual([
      'base/app.properties=a=1',
      'role/web/app.yaml=b: 2',
      'role/web/scripts/base.sh=S',
      'role/web/templates/deep/nginx.liquid=N',
      'role/web/environment/prod/app.properties=c=3',
    ]);
    expect(fetched.layers.map(({ name }) => name)).toEqual([...LAYERS, 'instance/i-1']);
    expect(fetched).toMatchObject({ release: null, layout: 'tree', unchanged: false });
    expect(fetched.layers[0]?.files[0]?.object).toBe('s3://config/p/base/app.properties');
    expect(fetched.layers[0]?.files[0]?.sha256).toBe(
      'c22fea5d7428e5cf47ef6354c97c9223c95d6dcdc3e0d2300ff79056b1ff3d85',
    );
  });

  it('works at the root of a bucket', async () => {
    const store = new MemoryStore().put('base/app.properties', 'a=1');
    const fetched = valueOf(await tick(createTreeSource({ store, prefix: '' }), ['base']));
    expect(contentOf(fetched)).toEqual(['base/app.properties=a=1']);
  });

  it('costs the same number of requests whether or not something changed (law 7)', async () => {
    const store = payroll();
    const first = valueOf(await tick(source(store), LAYERS));
    const cost = store.takeRequests().length;

    const quiet = valueOf(await tick(source(store), LAYERS, first));
    const quietRequests = store.takeRequests();
    store.put('p/base/app.properties', 'a=2');
    const changed = valueOf(await tick(source(store), LAYERS, quiet));
    const changedRequests = store.takeRequests();

    expect(cost).toBe(4);
    expect(quietRequests).toHaveLength(cost);
    expect(quietRequests.filter((request) => request.endsWith(' 304'))).toHaveLength(3);
    expect(changedRequests).toHaveLength(cost);
    expect(changedRequests.filter((request) => request.endsWith(' 200'))).toEqual([
      'GET p/base/app.properties 200',
    ]);
    expect(quiet.unchanged).toBe(true);
    expect(quiet.layers).toBe(first.layers);
    expect(changed.unchanged).toBe(false);
    expect(contentOf(changed)[0]).toBe('base/app.properties=a=2');
  });

  it('lists a tree of more than 250 keys layer by layer, and finds that out once', async () => {
    const store = payroll();
    for (let index = 0; index < 250; index += 1) store.put(`p/role/other/${index}.properties`, 'x=1');
    const tree = source(store);
    const first = valueOf(await tick(tree, LAYERS));
    expect(lists(store)).toEqual(['LIST p/', ...LAYERS.map((layer) => `LIST p/${layer}/`)]);
    const second = valueOf(await tick(tree, LAYERS, first));
    expect(lists(store)).toEqual(LAYERS.map((layer) => `LIST p/${layer}/`));
    expect(second.unchanged).toBe(true);
    expect(contentOf(first)).toEqual(contentOf(valueOf(await tick(source(payroll()), LAYERS))));
  });

  it('lists layer by layer where the policy opens the layers but not the tree', async () => {
    const store = payroll().failOn('LIST p/', failing('LF_SOURCE_DENIED'));
    const tree = source(store);
    expect(verdictOf(await tick(tree, LAYERS))).toBe('ok');
    store.takeRequests();
    expect(verdictOf(await tick(tree, LAYERS))).toBe('ok');
    expect(lists(store)).toEqual(LAYERS.map((layer) => `LIST p/${layer}/`));
  });

  it('sees a deleted file, an added one, and other layers as a change', async () => {
    const store = payroll();
    const first = valueOf(await tick(source(store), LAYERS));
    store.delete('p/base/app.properties');
    const fewer = valueOf(await tick(source(store), LAYERS, first));
    expect(fewer.unchanged).toBe(false);
    expect(fewer.layers[0]).toEqual({ name: 'base', files: [] });
    store.put('p/base/app.properties', 'a=1');
    expect(valueOf(await tick(source(store), LAYERS, fewer)).unchanged).toBe(false);
    expect(valueOf(await tick(source(store), ['base', 'role/web'], first)).unchanged).toBe(false);
  });

  it('never claims to hold bytes that it does not: an ETag alone makes no condition', async () => {
    const store = payroll();
    const first = valueOf(await tick(source(store), LAYERS));
    const hollow = { ...first, layers: first.layers.map(({ name }) => ({ name, files: [] })) };
    const second = valueOf(await tick(source(store), LAYERS, hollow));
    expect(contentOf(second)).toEqual(contentOf(first));
  });

  it('keeps at most 16 requests under way', async () => {
    const store = new MemoryStore();
    for (let n = 0; n < 50; n += 1) store.put(`p/base/${n}.properties`, `k${n}=1`);
    valueOf(await tick(source(store), ['base']));
    expect(store.widest).toBe(16);
  });

  it('asks again later when an object vanishes between listing and reading', async () => {
    const store = payroll();
    const list = store.list;
    store.list = async (...args) => {
      const listed = await list(...args);
      store.delete('p/base/app.properties');
      return listed;
    };
    expect(verdictOf(await tick(source(store), LAYERS))).toBe('retry LF_OBJECT_MISSING');
  });

  it('refuses a "not modified" that nobody asked for', async () => {
    const store = payroll();
    store.get = () => Promise.resolve({ kind: 'ok', value: { kind: 'unchanged' } });
    expect(verdictOf(await tick(source(store), LAYERS))).toBe('retry LF_SOURCE_MALFORMED');
  });

  it.each(['p/base/scripts/../../../etc/cron.d/x', 'p/base/scripts//x', 'p/base//x.yaml', 'p/base/a\\b'])(
    'refuses the key %j, which is no path',
    async (key) => {
      const outcome = await tick(source(payroll().put(key, 'x')), LAYERS);
      expect(verdictOf(outcome)).toBe('fail LF_SOURCE_MALFORMED');
      expect(outcome).toMatchObject({ fault: { subject: `s3://config/${key}` } });
    },
  );

  it('passes on what the store says of a listing or an object', async () => {
    for (const request of ['LIST p/', 'GET p/base/app.properties']) {
      const denied = payroll()
        .failOn(request, failing('LF_SOURCE_DENIED'))
        .failOn('LIST p/base/', failing('LF_SOURCE_DENIED'));
      expect(verdictOf(await tick(source(denied), LAYERS))).toBe('fail LF_SOURCE_DENIED');
      const busy = payroll().failOn(request, retrying('LF_SOURCE_THROTTLED', 700));
      expect(await tick(source(busy), LAYERS)).toMatchObject({ kind: 'retry', afterMs: 700 });
    }
  });

  it('reports the failure that says most and counts the others', async () => {
    const store = payroll()
      .failOn('GET p/base/app.properties', retrying('LF_SOURCE_UNREACHABLE'))
      .failOn('GET p/role/web/app.yaml', failing('LF_REGION_BUCKET'))
      .failOn('GET p/role/web/environment/prod/app.properties', failing('LF_SOURCE_DENIED'));
    const outcome = await tick(source(store), LAYERS);
    expect(verdictOf(outcome)).toBe('fail LF_REGION_BUCKET');
    expect(outcome).toMatchObject({
      fault: { cause: 'the test says so (and 2 more failed: LF_SOURCE_DENIED, LF_SOURCE_UNREACHABLE)' },
    });
  });
});

/** The listings since the last call, sorted out from the reads. */
function lists(store: MemoryStore): string[] {
  return store
    .takeRequests()
    .flatMap((request) => (request.startsWith('LIST') ? [request.split(' LF_')[0] ?? ''] : []));
}

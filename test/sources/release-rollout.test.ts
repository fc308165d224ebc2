import { describe, expect, it } from 'vitest';
import type { ChooseRelease } from '../../config-service/release/cohort.ts';
import { signRelease } from '../../config-service/release/signing.ts';
import { createAutoSource } from '../../config-service/sources/auto-source.ts';
import { createReleaseSource } from '../../config-service/sources/release-source.ts';
import { contentOf, tick, valueOf, verdictOf } from '../support/fetching.ts';
import { MemoryStore, failing } from '../support/memory-store.ts';
import { candidateOf, point, publish, putContents, releaseOf } from '../support/release-fixture.ts';
import { fileSigner } from '../support/release-keys.ts';

const LAYERS = ['base', 'role/web'];
const REGION = 'eu-west-1';
const OLD = { base: { 'app.properties': 'a=1' }, 'role/web': { 'app.properties': 'b=1' } };
const NEW = { base: { 'app.properties': 'a=1' }, 'role/web': { 'app.properties': 'b=2' } };

const takeCandidate: ChooseRelease = ({ stable, candidate }) =>
  candidate ? { track: 'candidate', release: candidate.release } : { track: 'stable', release: stable };
const takeStable: ChooseRelease = ({ stable }) => ({ track: 'stable', release: stable });

function rollingOut(): MemoryStore {
  const store = new MemoryStore();
  publish(store, 'r1', OLD);
  putContents(store, NEW);
  point(store, {
    region: REGION,
    stable: releaseOf('r1', OLD),
    candidate: candidateOf('r2', undefined, NEW),
  });
  return store;
}

const source = (store: MemoryStore, choose?: ChooseRelease) =>
  createReleaseSource({ store, prefix: 'p', region: REGION, ...(choose ? { choose } : {}) });

describe('a source with a rollout under way', () => {
  it('gives the stable release to whoever does not choose', async () => {
    const fetched = valueOf(await tick(source(rollingOut()), LAYERS));
    expect(fetched).toMatchObject({ release: 'r1', chosen: { track: 'stable' } });
  });

  it('gives the release that was chosen', async () => {
    const fetched = valueOf(await tick(source(rollingOut(), takeCandidate), LAYERS));
    expect(fetched).toMatchObject({ release: 'r2', chosen: { track: 'candidate' } });
    expect(contentOf(fetched)).toEqual(['base/app.properties=a=1', 'role/web/app.properties=b=2']);
  });

  it('follows a choice that changes while the pointer does not, for one conditional GET a tick', async () => {
    const store = rollingOut();
    let choose = takeStable;
    const fickle = source(store, (pointer) => choose(pointer));
    const before = valueOf(await tick(fickle, LAYERS));
    store.takeRequests();

    choose = takeCandidate;
    const changed = valueOf(await tick(fickle, LAYERS, before));
    expect(changed).toMatchObject({ release: 'r2', unchanged: false, chosen: { track: 'candidate' } });
    const [pointer, ...objects] = store.takeRequests();
    expect(pointer).toBe('GET p/current.json 304');
    expect(objects).toHaveLength(1);

    const quiet = valueOf(await tick(fickle, LAYERS, changed));
    expect(quiet.unchanged).toBe(true);
    expect(quiet.layers).toBe(changed.layers);
    expect(store.takeRequests()).toEqual(['GET p/current.json 304']);
  });

  it('takes a candidate that became stable for what it is: nothing new', async () => {
    const store = rollingOut();
    const candidate = valueOf(await tick(source(store, takeCandidate), LAYERS));
    point(store, { region: REGION, stable: releaseOf('r2', NEW) });
    const promoted = valueOf(await tick(source(store, takeCandidate), LAYERS, candidate));
    expect(promoted).toMatchObject({ release: 'r2', unchanged: true, chosen: { track: 'stable' } });
    expect(promoted.layers).toBe(candidate.layers);
  });

  it('asks anew for a pointer it does not have, as after a restart', async () => {
    const store = rollingOut();
    const { chosen: _, ...kept } = valueOf(await tick(source(store, takeStable), LAYERS));
    store.takeRequests();
    valueOf(await tick(source(store, takeStable), LAYERS, kept));
    expect(store.takeRequests()).toEqual(['GET p/current.json 200']);
  });

  it('gives the stable release for a candidate that can never be taken, and says so', async () => {
    const store = rollingOut();
    const huge = releaseOf('r3', { base: { 'app.properties': 'x'.repeat(11 * 1024 * 1024) } });
    point(store, {
      region: REGION,
      stable: releaseOf('r1', OLD),
      candidate: { ...candidateOf('r3'), release: huge },
    });
    const fetched = valueOf(await tick(source(store, takeCandidate), LAYERS));
    expect(fetched).toMatchObject({
      release: 'r1',
      chosen: { track: 'stable', refused: { release: { id: 'r3' }, fault: { code: 'LF_OBJECT_TOO_LARGE' } } },
    });
    const quiet = valueOf(await tick(source(store, takeStable), LAYERS, fetched));
    expect(quiet.chosen).not.toHaveProperty('refused');
  });

  it('waits for a candidate whose objects are not there yet', async () => {
    const store = rollingOut().delete('p/current.json');
    point(store, {
      region: REGION,
      stable: releaseOf('r1', OLD),
      candidate: candidateOf('r3', undefined, { base: { 'app.properties': 'a=3' } }),
    });
    expect(verdictOf(await tick(source(store, takeCandidate), LAYERS))).toBe('retry LF_OBJECT_MISSING');
  });
});

describe('a source with trusted keys', () => {
  const signer = fileSigner();
  const place = (store: MemoryStore) => ({
    store,
    prefix: 'p',
    region: REGION,
    trustedKeys: [signer.publicKey],
  });

  it('takes what they vouch for', async () => {
    const store = rollingOut();
    point(store, { region: REGION, stable: await signRelease(releaseOf('r1', OLD), REGION, signer) });
    const fetched = valueOf(await tick(createReleaseSource(place(store)), LAYERS));
    expect(fetched.release).toBe('r1');
  });

  it('refuses the rest before it reads an object', async () => {
    const store = rollingOut();
    expect(verdictOf(await tick(createReleaseSource(place(store)), LAYERS))).toBe(
      'fail LF_SIGNATURE_MISSING',
    );
    const elsewhere = await signRelease(releaseOf('r1', OLD), 'us-east-1', signer);
    point(store, { region: REGION, stable: elsewhere });
    expect(verdictOf(await tick(createReleaseSource(place(store)), LAYERS))).toBe('fail LF_SIGNATURE_WRONG');
    expect(store.requests).toEqual(['GET p/current.json 200', 'GET p/current.json 200']);
  });

  it('leaves a candidate nobody vouches for to itself', async () => {
    const store = rollingOut();
    const stable = await signRelease(releaseOf('r1', OLD), REGION, signer);
    point(store, { region: REGION, stable, candidate: candidateOf('r2', undefined, NEW) });
    const both = createReleaseSource({ ...place(store), choose: takeCandidate });
    expect(valueOf(await tick(both, LAYERS))).toMatchObject({
      release: 'r1',
      chosen: { refused: { fault: { code: 'LF_SIGNATURE_MISSING' } } },
    });
  });

  it('refuses plain folders, and tells them from nothing at all', async () => {
    const store = new MemoryStore().put('p/base/app.properties', 'a=1');
    const auto = () => createAutoSource({ ...place(store), seenRelease: false });
    expect(verdictOf(await tick(auto(), LAYERS))).toBe('fail LF_SIGNATURE_MISSING');
    store.delete('p/base/app.properties');
    expect(valueOf(await tick(auto(), LAYERS))).toMatchObject({ layout: 'tree' });
    store.failOn('GET p/current.json', failing('LF_SOURCE_DENIED'));
    expect(verdictOf(await tick(auto(), LAYERS))).toBe('fail LF_SOURCE_DENIED');
  });
});

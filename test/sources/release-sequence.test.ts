import { expect, it } from 'vitest';
import { signPointer } from '../../config-service/release/pointer-signing.ts';
import type { Pointer } from '../../config-service/release/pointer.ts';
import { signRelease } from '../../config-service/release/signing.ts';
import { createAutoSource } from '../../config-service/sources/auto-source.ts';
import { createReleaseSource } from '../../config-service/sources/release-source.ts';
import { openReleaseSequences } from '../../config-service/store/documents/release-sequences.ts';
import { tick, valueOf, verdictOf } from '../support/fetching.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { fileSigner } from '../support/release-keys.ts';
import { candidateOf, point, putContents, releaseOf } from '../support/release-fixture.ts';

const REGION = 'eu-west-1';
const signer = fileSigner();

/** Signed, with its release, as number `sequence`. */
async function pointerTo(id: string, sequence: number, rest: Partial<Pointer> = {}): Promise<Pointer> {
  const stable = await signRelease(releaseOf(id, { base: { a: id } }), REGION, signer);
  return signPointer({ region: REGION, stable, ...rest }, sequence, signer);
}

async function bench(least?: number, layout: 'release' | 'auto' = 'release') {
  const store = new MemoryStore();
  for (const id of ['r1', 'r2', 'r3']) putContents(store, { base: { a: id } });
  const sequences = await openReleaseSequences({
    file: undefined,
    durable: true,
    onTrouble: () => {},
    ...(least === undefined ? {} : { least }),
  });
  const place = { store, prefix: 'p', region: REGION, trustedKeys: [signer.publicKey], sequences };
  const source =
    layout === 'release' ? createReleaseSource(place) : createAutoSource({ ...place, seenRelease: false });
  return { store, sequences, read: () => tick(source, ['base']) };
}

it.each(['release', 'auto'] as const)(
  'follows newer pointers, and none that is put back (%s)',
  async (layout) => {
    const { store, read } = await bench(undefined, layout);
    point(store, await pointerTo('r1', 10));
    expect(valueOf(await read()).release).toBe('r1');
    point(store, await pointerTo('r2', 20));
    expect(valueOf(await read()).release).toBe('r2');
    point(store, await pointerTo('r1', 10));
    expect(await read()).toMatchObject({
      kind: 'fail',
      fault: { code: 'LF_RELEASE_OLDER', cause: expect.stringContaining('10, and 20 is the least') },
    });
    point(store, await pointerTo('r1', 30));
    expect(valueOf(await read()).release, 'a rollback is a newer pointer to an older release').toBe('r1');
  },
);

it('takes the pointer it followed last again', async () => {
  const { store, read } = await bench();
  point(store, await pointerTo('r2', 20));
  expect([verdictOf(await read()), verdictOf(await read())]).toEqual(['ok', 'ok']);
});

it('takes signed releases without a sequence until it has seen one', async () => {
  const { store, read } = await bench();
  const stable = await signRelease(releaseOf('r1', { base: { a: 'r1' } }), REGION, signer);
  point(store, { region: REGION, stable });
  expect(valueOf(await read()).release).toBe('r1');
  point(store, await pointerTo('r2', 20));
  expect(valueOf(await read()).release).toBe('r2');
  point(store, { region: REGION, stable });
  expect(verdictOf(await read())).toBe('fail LF_RELEASE_OLDER');
});

it('gives up no completed rollout for the pointer of before', async () => {
  const { store, read } = await bench();
  const before = await pointerTo('r1', 10);
  const { release, ...rollout } = candidateOf('r2', undefined, { base: { a: 'r2' } });
  const candidate = { ...rollout, release: await signRelease(release, REGION, signer) };
  point(store, await pointerTo('r1', 20, { candidate }));
  expect(verdictOf(await read())).toBe('ok');
  point(store, before);
  expect(verdictOf(await read())).toBe('fail LF_RELEASE_OLDER');
});

it('takes nothing older than the setting, at the first boot too', async () => {
  const { store, read } = await bench(15);
  point(store, await pointerTo('r1', 10));
  expect(verdictOf(await read())).toBe('fail LF_RELEASE_OLDER');
  point(store, await pointerTo('r2', 15));
  expect(valueOf(await read()).release).toBe('r2');
});

it('remembers nothing of a sequence that nobody trusted vouches for', async () => {
  const { store, read, sequences } = await bench();
  const forged = { ...(await pointerTo('r1', 10)), sequence: 1_000_000 };
  point(store, forged);
  expect(verdictOf(await read())).toBe('fail LF_SIGNATURE_WRONG');
  expect(sequences.least('s3://config/p/current.json')).toBeUndefined();
});

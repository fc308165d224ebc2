import { mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fenceState } from '../../config-service/store/fence/fence.ts';
import { findLanding, keepLanding } from '../../config-service/store/fence/landing.ts';
import { printRegister } from '../../config-service/store/folder/register-format.ts';
import { seal } from '../../config-service/store/seal/seal.ts';
import { printStamp, type Stamp } from '../../config-service/store/stamp/stamp.ts';
import { createStampedFile } from '../../config-service/store/seal/stamped-file.ts';
import { valueOf } from '../support/fetching.ts';
import { ELSEWHERE, HERE, keyOf, SIBLING } from '../support/sealing.ts';

const BOOTED = Date.UTC(2026, 10, 21, 12);
const NOW = BOOTED + 60_000;
const OLD: Stamp = { ...ELSEWHERE, instanceId: 'i-0old' };
const UID = process.geteuid?.() ?? 0;
const LANDING_NAME = 'landing.stamped';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'landfall-landing-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(
  name: string,
  content: Uint8Array | string,
  writtenAt = BOOTED - 3_600_000,
): Promise<void> {
  await writeFile(join(folder, name), content);
  await utimes(join(folder, name), writtenAt / 1000, writtenAt / 1000);
}
const sealedBy = (stamp: Stamp) => seal(keyOf(stamp), 'last-good', Buffer.from('secret'));
const find = (here = HERE, now = NOW, bootedAt: number | undefined = BOOTED) =>
  findLanding({ folder, here, uid: UID, bootedAt, now });
const keep = async (here = HERE) => {
  const found = await find(here);
  if (found) valueOf(await keepLanding({ folder, here, uid: UID }, found.landing));
};

describe('the landing of a disk (case 34)', () => {
  it('is none where nothing lies, where only this instance wrote, and where nothing says who wrote', async () => {
    expect(await find()).toBeUndefined();
    await put('a.sealed', 'torn');
    await put('notes.txt', 'i-0old');
    await symlink('/nowhere', join(folder, LANDING_NAME));
    expect(await find()).toBeUndefined();
    await put('last-good.sealed', sealedBy(HERE));
    expect(await find()).toBeUndefined();
  });

  it.each([
    ['of another region', OLD],
    ['of another instance here', SIBLING],
    ['of this instance under another image', { ...HERE, imageId: 'ami-2' }],
  ])('is told by sealed state %s: since this host booted', async (_, stamp) => {
    await put('last-good.sealed', sealedBy(stamp));
    const landing = { from: stamp.instanceId, to: HERE.instanceId, at: BOOTED };
    expect(await find()).toEqual({ landing, isKept: false });
  });

  it.each([
    ['the register', 'rendered.register', printRegister(OLD, [])],
    ['a checkpoint', 'logs.b.stamped', `LFSTAMP1\n${printStamp(OLD)}\nanything`],
  ])('is told by %s alone: without a signature nothing is sealed', async (_, name, text) => {
    await put(name, text);
    expect(await find()).toMatchObject({ landing: { from: 'i-0old' } });
  });

  it('was later than the boot when the other instance still wrote then, as on a volume that was moved', async () => {
    await put('a.sealed', sealedBy(SIBLING), BOOTED + 2_000);
    await put('b.sealed', sealedBy(OLD), BOOTED + 5_000);
    await put('c.sealed', sealedBy(SIBLING), BOOTED - 5_000);
    expect(await find()).toMatchObject({ landing: { from: 'i-0old', at: BOOTED + 5_000 } });
  });

  it('does not trust a clock that was ahead, and does without a time of boot', async () => {
    await put('a.sealed', sealedBy(OLD), NOW + 86_400_000);
    await put('b.sealed', sealedBy(OLD), BOOTED - 7_000);
    expect(await find()).toMatchObject({ landing: { at: BOOTED } });
    const unbooted = await findLanding({ folder, here: HERE, uid: UID, bootedAt: undefined, now: NOW });
    expect(unbooted).toMatchObject({ landing: { at: BOOTED - 7_000 } });
  });

  it('is none where this instance has lived before, whatever else was put there', async () => {
    await put('last-good.sealed', sealedBy(HERE));
    await put('overrides.sealed', sealedBy(OLD));
    expect(await find()).toBeUndefined();
  });

  it('is kept through the fence, restarts and reboots, and names no region but this one', async () => {
    await put('last-good.sealed', sealedBy(OLD));
    await keep();
    valueOf(await fenceState({ folder, writable: true, here: HERE, uid: UID, mode: 'purge' }));
    expect(await readdir(folder)).toEqual([LANDING_NAME]);
    const text = await readFile(join(folder, LANDING_NAME), 'utf8');
    expect(text).not.toContain('us-east-1');
    await put('last-good.sealed', sealedBy(HERE));
    const landing = { from: 'i-0old', to: HERE.instanceId, at: BOOTED };
    expect(await find(HERE, NOW + 86_400_000, BOOTED + 86_000_000)).toEqual({ landing, isKept: true });
  });

  it('tells of the instance before when the disk moves on, and goes with its state', async () => {
    await put('last-good.sealed', sealedBy(OLD));
    await keep();
    await rm(join(folder, 'last-good.sealed'));
    await utimes(join(folder, LANDING_NAME), BOOTED / 1000 - 5, BOOTED / 1000 - 5);
    expect(await find(SIBLING)).toEqual({
      landing: { from: HERE.instanceId, to: SIBLING.instanceId, at: BOOTED },
      isKept: false,
    });
    const fenced = valueOf(
      await fenceState({ folder, writable: true, here: SIBLING, uid: UID, mode: 'purge' }),
    );
    expect(fenced.removed).toMatchObject([{ reason: 'other-instance', stamp: HERE }]);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['', '{', 'null', JSON.stringify({ stamp: HERE, from: 'i-0old', at: 1 })])(
    'is looked for anew where the record says %j',
    async (text) => {
      await put(LANDING_NAME, text);
      expect(await find()).toBeUndefined();
    },
  );

  it.each(['', '{', 'null', JSON.stringify({ from: 7, at: 'noon' })])(
    'is none where the record is this instance’s and says %j',
    async (text) => {
      const file = createStampedFile(folder, 'landing', HERE, UID);
      valueOf(await file.save(Buffer.from(text)));
      expect(await find()).toBeUndefined();
    },
  );
});

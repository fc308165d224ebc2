import { isoTime } from '#kit/iso-time.ts';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { faultOf } from '#kit/errors.ts';
import { readJournal, withJournal, type JournalPlace } from '../across/journal.ts';
import { Attempt } from './attempt.ts';
import { baseOf, type Base } from './base-image.ts';
import type { Builder } from './bake-ec2.ts';
import { ashore, LEAST_MS, workOf } from './bake-course.ts';
import { BakeHalt, failed, goOn } from './bake-halt.ts';
import { readBakeEntry } from './bake-journal.ts';
import { BAKE_TAG } from './bake-request.ts';
import type { BakeParts } from './bake-run.ts';
import { builderOf } from './builder.ts';
import { undoBake, type Work } from './undoing.ts';

/** An image of which a volume is looked at, and nothing made. */
export interface Look {
  readonly region: string;
  readonly image: string;
  readonly builder: string | undefined;
  readonly device: string | undefined;
  /** Part of the tag by which its volume is known: `scan`. */
  readonly purpose: string;
}

/** Notes what is about to be made: only a volume. @throws BakeHalt. */
export async function beginLook(
  { purpose, region, image }: Look,
  builder: string,
  attempt: Attempt,
  { newToken, context }: Pick<BakeParts, 'newToken' | 'context'>,
): Promise<void> {
  const id = createHash('sha256')
    .update(JSON.stringify([purpose, region, image]))
    .digest('hex')
    .slice(0, 32);
  await attempt.note({
    version: 1,
    phase: 'making',
    id,
    request: '',
    token: newToken(),
    createdAt: isoTime(context.clock.now()),
    builder,
  });
}

/** Brings a volume of the image's root within reach, read-only, and has it looked at. It is still there then. @throws BakeHalt. */
export async function lookAtImage<T>(
  look: Look,
  {
    base,
    builder,
    volumes,
    attempt,
  }: { base: Base; builder: Builder; attempt: Attempt } & Pick<Work, 'volumes'>,
  { root, patience }: Pick<BakeParts, 'root' | 'patience'>,
  see: (path: string) => Promise<T>,
): Promise<T> {
  const { id, token } = attempt.begun;
  const tags = new Map([
    [BAKE_TAG, id],
    ['scanned_ami_id', look.image],
  ]);
  const noted = (volume: string): Promise<void> => attempt.note({ ...attempt.begun, volume });
  const wanted = { snapshot: base.snapshot, zone: builder.zone, tags, token };
  const volume = await volumes.create(wanted, noted);
  const attached = await volumes.attach(volume, builder, look.device);
  const mounted = (mountPoint: string): Promise<void> => attempt.note({ ...attempt.begun, mountPoint });
  const opened = await root.open({ id: volume, device: attached }, mounted, patience);
  try {
    return await see(opened.path);
  } catch (error) {
    goOn(patience, look.image);
    throw error;
  } finally {
    await opened.close();
  }
}

/** Beside the journal of the bake that it is for, whatever image it looks at. */
export function besidePlace({ folder, name }: JournalPlace): JournalPlace {
  return { folder, name: `${name}/beside` };
}

/** A whole look with nothing of it left, however it ends. What a killed one left goes first. @throws BakeHalt. */
export async function lookBeside<T>(
  look: Look,
  place: JournalPlace,
  parts: BakeParts,
  see: (path: string) => Promise<T>,
): Promise<T> {
  return await withAttempt(place, parts, async (attempt) => {
    const work = workOf(parts, parts.patience);
    await leave(attempt, work, parts);
    const base = baseOf(look.image, await work.ec2.image(look.image));
    if ('code' in base) throw failed(base);
    const builder = await builderOf(look, work.ec2, parts.here);
    const unready = await parts.root.unready();
    if (unready) throw failed(unready);
    await beginLook(look, builder.id, attempt, parts);
    let seen: { readonly value: T } | undefined;
    try {
      seen = { value: await lookAtImage(look, { base, builder, attempt, ...work }, parts, see) };
    } finally {
      const leastMs = parts.patience.state() === 'stopped' ? LEAST_MS : 0;
      await ashore(parts, leastMs, (deaf) => leave(attempt, deaf, parts));
    }
    return seen.value;
  });
}

/** Takes away what a killed look left; without one nothing is asked of EC2. @throws BakeHalt. */
export async function leaveBeside(place: JournalPlace, parts: BakeParts): Promise<void> {
  if ((await readJournal(place, readBakeEntry)) === undefined) return;
  await withAttempt(place, parts, (attempt) => leave(attempt, workOf(parts, parts.patience), parts));
}

async function withAttempt<T>(
  place: JournalPlace,
  { say }: BakeParts,
  run: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  return await withJournal(place, readBakeEntry, false, async (found, journal) => {
    try {
      return await run(new Attempt(found, journal, join(place.folder, place.name), say));
    } catch (error) {
      throw error instanceof BakeHalt ? error : failed(faultOf(error, 'look', place.name));
    }
  });
}

async function leave(attempt: Attempt, work: Work, { root }: BakeParts): Promise<void> {
  const { entry } = attempt;
  if (!entry) return;
  await attempt.note({ ...entry, phase: 'undoing' });
  // Nothing but a volume was made: no image has this name.
  await undoBake(entry, entry.id, work, root);
  await attempt.forget();
}

import { EC2Client } from '@aws-sdk/client-ec2';
import { systemClock } from '#kit/clock.ts';
import { fail } from '#kit/outcome.ts';
import { openJournal, type JournalPlace } from '#scripts/ops/across/journal.ts';
import { createPatience } from '#scripts/ops/across/patience.ts';
import { Attempt } from '#scripts/ops/bake/attempt.ts';
import { givenRoot } from '#scripts/ops/bake/bake-bench.ts';
import { workOf } from '#scripts/ops/bake/bake-course.ts';
import { createBakeEc2 } from '#scripts/ops/bake/bake-ec2.ts';
import { readBakeEntry } from '#scripts/ops/bake/bake-journal.ts';
import type { BakeParts } from '#scripts/ops/bake/bake-run.ts';
import { baseOf } from '#scripts/ops/bake/base-image.ts';
import { builderOf } from '#scripts/ops/bake/builder.ts';
import { beginLook, lookAtImage, type Look } from '#scripts/ops/bake/image-look.ts';

/** What a bake would look at another image with, its disk being a folder: no machine of a test is sent a volume. */
export function lookParts(url: string, region: string, disk: string): BakeParts & Disposable {
  const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
  const client = new EC2Client({ endpoint: url, region, credentials, maxAttempts: 1 });
  const stop = new AbortController().signal;
  const context = {
    env: {},
    clock: systemClock,
    random: Math.random,
    stop,
    err: () => {},
    out: () => {},
    outBytes: () => {},
    errIsTerminal: false,
    columns: 80,
    colour: false,
    loadCredentials: () => Promise.reject(new Error('nobody asks')),
  };
  const patience = createPatience({ ...context, pollMs: 20, timeoutMs: 60_000 });
  const nobody = { code: 'LF_BAKE_BUILDER', operation: 'look', subject: 'x', cause: 'x', hint: 'x' } as const;
  return {
    ec2: (how) => createBakeEc2(client, how),
    context,
    patience,
    folder: disk,
    say: () => {},
    here: () => Promise.resolve(fail(nobody)),
    root: givenRoot(disk, undefined, context),
    scan: () => Promise.reject(new Error('nobody scans')),
    changes: undefined,
    leaveBeside: () => Promise.resolve(),
    newToken: () => `test-${Math.random()}`,
    [Symbol.dispose]: () => {
      patience.end();
      client.destroy();
    },
  };
}

/** A look whose process is killed while it sees what it came for: only the journal tells of it. */
export async function killedLook(look: Look, place: JournalPlace, parts: BakeParts): Promise<void> {
  const journal = await openJournal(place, readBakeEntry);
  const attempt = new Attempt(undefined, journal, place.folder, () => {});
  const work = workOf(parts, parts.patience);
  const base = baseOf(look.image, await work.ec2.image(look.image));
  if ('code' in base) throw new Error(base.cause);
  const builder = await builderOf(look, work.ec2, parts.here);
  await beginLook(look, builder.id, attempt, parts);
  await lookAtImage(look, { base, builder, attempt, ...work }, parts, () => Promise.resolve());
  await journal.close();
}

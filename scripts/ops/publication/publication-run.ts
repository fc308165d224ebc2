import { gather, objectKey } from '#config-service';
import type { Fault } from '#kit/errors.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { OpsContext } from '../console/context.ts';
import { createProgress } from './progress.ts';
import type { RegionPublication } from './publication.ts';
import { keyOf, movePointer, recordReleases } from '../site/release-site.ts';

/** How one region ended up. */
export interface RegionResult {
  readonly region: string;
  readonly state: RegionState;
  /** Objects this run wrote, and those that were there before. */
  readonly written: number;
  readonly present: number;
  readonly fault?: Fault;
}

/** `standing`: ran it before. `unknown`: the write was under way, and its answer was not seen. `untouched`: its pointer was not moved, because a region before it failed. */
export type RegionState =
  | 'planned'
  | 'standing'
  | 'published'
  | 'rolling-out'
  | 'failed'
  | 'unknown'
  | 'untouched';

const PARALLEL_WRITES = 16;

/**
 * Writes the objects of all regions, then moves the pointers region by region, in the order given. Stops at the first region
 * that fails. Run again after that, or after a kill, it does what is left: objects are named by their content.
 */
export async function runPublication(
  publications: readonly RegionPublication[],
  context: OpsContext,
): Promise<readonly RegionResult[]> {
  const results = new Map<string, RegionResult>(
    publications.map(({ region }) => [region, { region, state: 'untouched', written: 0, present: 0 }]),
  );
  const note = (region: string, change: Partial<RegionResult>): void => {
    const known = results.get(region) ?? { region, state: 'untouched', written: 0, present: 0 };
    results.set(region, { ...known, ...change });
  };
  for (const step of [upload, point]) {
    for (const publication of publications) {
      const { region } = publication;
      const done = context.stop.aborted ? fail(interrupted(region)) : await step(publication, context);
      if (done.kind !== 'ok') {
        note(region, { state: 'failed', fault: done.fault });
        return [...results.values()];
      }
      note(region, done.value);
      if (done.value.fault) return [...results.values()];
    }
  }
  return [...results.values()];
}

async function upload(
  { region, site, draft }: RegionPublication,
  context: OpsContext,
): Promise<Outcome<Partial<RegionResult>>> {
  const objects = new Map(
    draft.contents.flatMap(({ name, files }) =>
      files.map(({ sha256, bytes }) => [objectKey(name, sha256), bytes] as const),
    ),
  );
  const progress = createProgress(`${region}: objects`, objects.size, context);
  const put = await gather([...objects], PARALLEL_WRITES, async ([key, bytes]) => {
    const outcome = await site.store.put(keyOf(site, key), bytes, { absent: true });
    progress.step();
    return outcome;
  });
  progress.end();
  if (put.kind !== 'ok') return put;
  const written = put.value.filter((result) => result === 'written').length;
  return ok({ written, present: put.value.length - written });
}

async function point({
  site,
  held,
  broken,
  plan,
  release,
  origin,
}: RegionPublication): Promise<Outcome<Partial<RegionResult>>> {
  const published = { release: release.id, origin };
  if (plan.kind === 'stands') {
    // A run that was killed may have left the record out.
    const recorded = held ? await recordReleases(site, held.pointer, published) : ok(undefined);
    return recorded.kind === 'ok' ? ok({ state: 'standing' }) : recorded;
  }
  const moved = await movePointer(site, held ?? broken, plan.next);
  if (moved.kind !== 'ok') return moved;
  if (moved.value.kind === 'unknown') return ok({ state: 'unknown', fault: moved.value.fault });
  const state = plan.next.candidate ? 'rolling-out' : 'published';
  const recorded = await recordReleases(site, plan.next, published);
  return ok(recorded.kind === 'ok' ? { state } : { state, fault: recorded.fault });
}

function interrupted(region: string): Fault {
  return {
    code: 'LF_INTERRUPTED',
    operation: 'publish to',
    subject: region,
    cause: 'the command was stopped',
    hint: 'Run it again: it goes on where it was.',
  };
}

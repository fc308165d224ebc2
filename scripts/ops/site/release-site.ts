import {
  historyKey,
  parseHistory,
  parsePointer,
  printHistory,
  printPointer,
  type Pointer,
  type Release,
} from '#config-service';
import { fail, ok, type Fail, type Outcome } from '#kit/outcome.ts';
import type { PublishStore, PutCondition } from './publish-store.ts';

/** Where the releases of one region lie (DESIGN section 4). */
export interface ReleaseSite {
  readonly region: string;
  readonly store: PublishStore;
  /** Without a slash at either end; may be empty. */
  readonly prefix: string;
}

export interface HeldPointer {
  readonly pointer: Pointer;
  readonly etag: string;
}

const HISTORY = /(?:^|\/)history\/([^/]+)\.json$/;

export function keyOf({ prefix }: ReleaseSite, rest: string): string {
  return prefix === '' ? rest : `${prefix}/${rest}`;
}

export function addressOf(site: ReleaseSite, rest: string): string {
  return `${site.store.address}/${keyOf(site, rest)}`;
}

/** Undefined where nothing was published yet. */
export async function readPointer(site: ReleaseSite): Promise<Outcome<HeldPointer | undefined>> {
  const got = await site.store.get(keyOf(site, 'current.json'));
  if (got.kind !== 'ok' || got.value === undefined) return got as Outcome<undefined>;
  const parsed = parsePointer(got.value.bytes, site.region, addressOf(site, 'current.json'));
  return parsed.kind === 'invalid'
    ? fail(parsed.fault)
    : ok({ pointer: parsed.pointer, etag: got.value.etag });
}

/**
 * Moves the pointer from what was read to `next`; `LF_PUBLISH_CONFLICT` when somebody else moved it meanwhile. What was
 * pointed to gets its record in history/ first, whether or not whoever pointed to it lived to write it.
 */
export async function movePointer(
  site: ReleaseSite,
  held: HeldPointer | undefined,
  next: Pointer,
): Promise<Outcome<void>> {
  const before = held === undefined ? ok(undefined) : await recordReleases(site, held.pointer);
  if (before.kind !== 'ok') return before;
  const condition: PutCondition = held === undefined ? { absent: true } : { etag: held.etag };
  const bytes = Buffer.from(printPointer(next), 'utf8');
  const moved = await site.store.put(keyOf(site, 'current.json'), bytes, condition);
  if (moved.kind !== 'ok') return moved;
  if (moved.value === 'refused') {
    // Our own write, when its answer was lost and the SDK sent it again.
    const now = await site.store.get(keyOf(site, 'current.json'));
    if (now.kind !== 'ok') return now;
    if (now.value === undefined || !bytes.equals(now.value.bytes)) return conflict(site);
  }
  return ok(undefined);
}

/** Writes the records that are missing: after a move, so that a release that was never current never appears. */
export async function recordReleases(
  site: ReleaseSite,
  { stable, candidate }: Pointer,
): Promise<Outcome<void>> {
  for (const release of [stable, ...(candidate ? [candidate.release] : [])]) {
    const bytes = Buffer.from(printHistory(site.region, release), 'utf8');
    const put = await site.store.put(keyOf(site, historyKey(release.id)), bytes, { absent: true });
    if (put.kind !== 'ok') return put;
  }
  return ok(undefined);
}

/** The names of all recorded releases, newest first. */
export async function listReleases(site: ReleaseSite): Promise<Outcome<readonly string[]>> {
  const keys = await site.store.list(keyOf(site, 'history/'));
  if (keys.kind !== 'ok') return keys;
  return ok(keys.value.flatMap((key) => HISTORY.exec(key)?.[1] ?? []).toReversed());
}

export async function readRelease(site: ReleaseSite, id: string): Promise<Outcome<Release>> {
  const address = addressOf(site, historyKey(id));
  const got = await site.store.get(keyOf(site, historyKey(id)));
  if (got.kind !== 'ok') return got;
  if (got.value === undefined) {
    return fail({
      code: 'LF_RELEASE_UNKNOWN',
      operation: 'read',
      subject: address,
      cause: `${site.region} has no release ${id}`,
      hint: `List them with \`landfall-ops releases --region ${site.region}\`.`,
    });
  }
  const parsed = parseHistory(got.value.bytes, site.region, address);
  return parsed.kind === 'invalid' ? fail(parsed.fault) : ok(parsed.release);
}

function conflict(site: ReleaseSite): Fail {
  return fail({
    code: 'LF_PUBLISH_CONFLICT',
    operation: 'move',
    subject: addressOf(site, 'current.json'),
    cause: 'another publisher moved it meanwhile, and theirs stands',
    hint: `See what is there with \`landfall-ops releases --region ${site.region}\`, then run this again.`,
  });
}

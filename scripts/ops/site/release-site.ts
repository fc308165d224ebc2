import {
  historyKey,
  parseHistory,
  parsePointer,
  printHistory,
  printPointer,
  type Pointer,
  type Release,
  type ReleaseOrigin,
} from '#config-service';
import type { Fault } from '#kit/errors.ts';
import { fail, ok, type Fail, type Outcome } from '#kit/outcome.ts';
import type { PublishStore, PutCondition } from './publish-store.ts';

/** Where the releases of one region lie (docs/releases.md). */
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

/** What lies in the pointer's place and is none, so that nothing of it can be kept. */
export interface BrokenPointer {
  readonly broken: Fault;
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
  const found = await findPointer(site);
  if (found.kind !== 'ok') return found;
  return found.value && 'broken' in found.value ? fail(found.value.broken) : ok(found.value);
}

/** As `readPointer`, for whoever can put a whole one into the place of a broken one. Of a newer version it is no broken one. */
export async function findPointer(
  site: ReleaseSite,
): Promise<Outcome<HeldPointer | BrokenPointer | undefined>> {
  const got = await site.store.get(keyOf(site, 'current.json'));
  if (got.kind !== 'ok' || got.value === undefined) return got as Outcome<undefined>;
  const { bytes, etag } = got.value;
  const parsed = parsePointer(bytes, site.region, addressOf(site, 'current.json'));
  if (parsed.kind === 'valid') return ok({ pointer: parsed.pointer, etag });
  return parsed.newer ? fail(parsed.fault) : ok({ broken: parsed.fault, etag });
}

/** What a pointer to `next` would say to an instance: undefined, or the fault with which all of them would refuse it. */
export function pointerFault(site: ReleaseSite, next: Pointer): Fault | undefined {
  const address = addressOf(site, 'current.json');
  const parsed = parsePointer(Buffer.from(printPointer(next), 'utf8'), site.region, address);
  if (parsed.kind === 'valid') return undefined;
  const hint =
    'Nothing was moved. Rename or mend what it names; if it is right, this is a fault of landfall-ops.';
  return { ...parsed.fault, operation: 'write', hint };
}

/**
 * Moves the pointer from what was read to `next`, which is read back first as an instance would; `LF_PUBLISH_CONFLICT` when somebody else moved it meanwhile. What was
 * pointed to gets its record in history/ first, whether or not whoever pointed to it lived to write it.
 */
export async function movePointer(
  site: ReleaseSite,
  held: HeldPointer | BrokenPointer | undefined,
  next: Pointer,
): Promise<Outcome<Moved>> {
  const unreadable = pointerFault(site, next);
  if (unreadable) return fail(unreadable);
  const before = held && 'pointer' in held ? await recordReleases(site, held.pointer) : ok(undefined);
  if (before.kind !== 'ok') return before;
  const condition: PutCondition = held === undefined ? { absent: true } : { etag: held.etag };
  const bytes = Buffer.from(printPointer(next), 'utf8');
  const moved = await site.store.put(keyOf(site, 'current.json'), bytes, condition);
  if (moved.kind === 'ok' && moved.value === 'written') return ok({ kind: 'moved' });
  // What S3 says no to was not written; of what it does not answer nobody knows.
  const isUnanswered =
    moved.kind === 'retry' || (moved.kind === 'fail' && moved.fault.code === 'LF_INTERRUPTED');
  if (moved.kind === 'fail' && !isUnanswered) return moved;
  const now = await site.store.get(keyOf(site, 'current.json'));
  // Our own write, when its answer was lost and the SDK sent it again.
  if (now.kind === 'ok' && now.value !== undefined && bytes.equals(now.value.bytes))
    return ok({ kind: 'moved' });
  if (moved.kind !== 'ok') return ok({ kind: 'unknown', fault: unknown(site, moved.fault) });
  return now.kind === 'ok' ? conflict(site, now.value?.bytes) : now;
}

/** `unknown`: the write was sent and its answer never came, so that it may still take effect. */
export type Moved = { readonly kind: 'moved' } | { readonly kind: 'unknown'; readonly fault: Fault };

/** For whoever moves one pointer and has nothing to report but the failure. */
export function movedOrFault(moved: Outcome<Moved>): Outcome<void> {
  if (moved.kind !== 'ok') return moved;
  return moved.value.kind === 'moved' ? ok(undefined) : fail(moved.value.fault);
}

/** Writes the records that are missing: after a move, so that a release that was never current never appears. */
export async function recordReleases(
  site: ReleaseSite,
  { stable, candidate }: Pointer,
  published?: { readonly release: string; readonly origin: ReleaseOrigin },
): Promise<Outcome<void>> {
  for (const release of [stable, ...(candidate ? [candidate.release] : [])]) {
    const origin = published?.release === release.id ? published.origin : {};
    const bytes = Buffer.from(printHistory(site.region, release, origin), 'utf8');
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
  const record = await readRecord(site, id);
  return record.kind === 'ok' ? ok(record.value.release) : record;
}

/** A release as history has it, with whence it came. */
export interface ReleaseRecord {
  readonly release: Release;
  readonly origin: ReleaseOrigin;
}

export async function readRecord(site: ReleaseSite, id: string): Promise<Outcome<ReleaseRecord>> {
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
  return parsed.kind === 'invalid'
    ? fail(parsed.fault)
    : ok({ release: parsed.release, origin: parsed.origin });
}

function unknown({ region }: ReleaseSite, fault: Fault): Fault {
  const cause = `${fault.cause}, and whether the pointer moved is not known`;
  const hint = `See \`landfall-ops releases --region ${region}\`; the same command again does what is left.`;
  return { ...fault, cause, hint };
}

function conflict(site: ReleaseSite, there: Uint8Array | undefined): Fail {
  const parsed = there && parsePointer(there, site.region, '');
  const pointer = parsed?.kind === 'valid' ? parsed.pointer : undefined;
  const theirs = pointer && (pointer.candidate?.release ?? pointer.stable).id;
  return fail({
    code: 'LF_PUBLISH_CONFLICT',
    operation: 'move',
    subject: addressOf(site, 'current.json'),
    cause: `another publisher moved it meanwhile${theirs === undefined ? '' : ` to ${theirs}`}, and theirs stands`,
    hint: `See \`landfall-ops releases --region ${site.region}\`, agree on the release that is to stand, and publish that one to all regions, one job at a time.`,
  });
}

import { isoTime } from '#kit/iso-time.ts';
import {
  follow,
  historyKey,
  isTrailVouchedFor,
  settle,
  signRelease,
  verifyRelease,
  type Pointer,
  type Release,
  type ReleaseSigner,
} from '#config-service';
import { LandfallError } from '#kit/errors.ts';
import type { OpsContext } from '../console/context.ts';
import { changesBetween, type EffectiveChanges } from '../folder/effective-changes.ts';
import { STAND_IN_ACCOUNT } from '../folder/scenario.ts';
import { operatorName } from '../console/operator-name.ts';
import { usage, valueOf } from '../console/options.ts';
import { openSite, type SiteFlags } from '../site/open-site.ts';
import { releaseBefore } from '../site/past-release.ts';
import { readReleaseContent } from '../site/release-content.ts';
import {
  addressOf,
  findPointer,
  listReleases,
  readRelease,
  type BrokenPointer,
  type HeldPointer,
  type ReleaseSite,
} from '../site/release-site.ts';
import { nothingPublished } from '../site/site-options.ts';
import { growingCandidate } from './pointer-plan.ts';
import { signNext, vouchedPast } from './pointer-signature.ts';
import { readSigner } from './signer.ts';

export interface ReturnFlags extends SiteFlags {
  readonly message?: string;
  readonly sign?: string;
  readonly unsigned?: boolean;
  readonly allowUnsigned?: boolean;
}

/** The way back of one region, worked out before anything is written. */
export interface Return {
  readonly site: ReleaseSite;
  readonly held: HeldPointer | BrokenPointer;
  /** The release that is left, in words where nobody can read which. */
  readonly from: string;
  readonly target: Release;
  readonly next: Pointer;
  readonly changes: EffectiveChanges;
}

/** Only reads. @throws LandfallError for what cannot be gone back to. */
export async function planReturn(
  region: string,
  wanted: string | undefined,
  order: readonly string[],
  flags: ReturnFlags,
  context: OpsContext,
): Promise<Return> {
  const now = context.clock.now();
  const site = valueOf(await openSite(region, flags, context));
  const found = valueOf(await findPointer(site));
  if (found === undefined) throw nothingPublished(site);
  const signer = flags.sign === undefined ? undefined : await readSigner(flags.sign, region, context);
  const held = 'pointer' in found ? vouchedPast(found, signer) : undefined;
  const target = await chooseTarget(site, held, wanted, signer, now);
  if (held && held.pointer.candidate === undefined && held.pointer.stable.id === target.id) {
    throw usage(`the release ${target.id}`, `${region} runs it already`, 'Name another one.');
  }
  const stable = signer ? await signedTarget(site, target, signer, flags) : target;
  if (!signer && held?.pointer.sequence !== undefined && flags.unsigned !== true) throw keyless(region);
  const reason = flags.message === undefined ? {} : { reason: flags.message };
  const move = { at: isoTime(now), isReturn: true, ...operatorName(context), ...reason };
  const unsigned = follow(held?.pointer, { region, stable }, move, now);
  const next = signer ? await signNext(unsigned, held, signer, now) : unsigned;
  const current = held && (growingCandidate(held.pointer, now) ?? settle(held.pointer, now).stable);
  const changes = await readChanges(site, current, target, order, flags.owner);
  return {
    site,
    held: found,
    from: current?.id ?? 'a pointer that nobody can read',
    target,
    next,
    changes,
  };
}

async function readChanges(
  site: ReleaseSite,
  current: Release | undefined,
  target: Release,
  order: readonly string[],
  owner: string | undefined,
): Promise<EffectiveChanges> {
  // Read whole before anything moves: a release whose objects are gone helps nobody.
  const content = valueOf(await readReleaseContent(site, target));
  const known = new Map(
    content.flatMap(({ files }) => files.map(({ sha256, bytes }) => [sha256, bytes] as const)),
  );
  const before = current && (await readReleaseContent(site, current, known));
  // What is damaged now must not stop the way back.
  const old = before?.kind === 'ok' ? before.value : [];
  return changesBetween(old, content, site.region, order, { account: owner ?? STAND_IN_ACCOUNT });
}

async function chooseTarget(
  site: ReleaseSite,
  held: HeldPointer | undefined,
  wanted: string | undefined,
  signer: ReleaseSigner | undefined,
  now: number,
): Promise<Release> {
  if (wanted !== undefined) return valueOf(await readRelease(site, wanted));
  if (held === undefined) throw nameless(site, valueOf(await listReleases(site)));
  const { pointer } = held;
  const { stable } = settle(pointer, now);
  if (growingCandidate(pointer, now)) return stable;
  if (signer && pointer.trail && !isTrailVouchedFor(pointer, [signer.publicKey]))
    throw nameless(site, valueOf(await listReleases(site)));
  return releaseBefore(site, pointer, stable, now);
}

/** Nothing that can be believed says what ran before. */
function nameless({ region }: ReleaseSite, names: readonly string[]): LandfallError {
  return usage(
    'rollback',
    `nothing that can be believed says what ${region} ran before`,
    `Name the release; the newest are ${names.slice(0, 3).join(', ') || 'none'}.`,
  );
}

function keyless(region: string): LandfallError {
  return usage(
    'rollback',
    `what ${region} runs is signed, and instances that trust a key would refuse an unsigned way back`,
    'Give the key with --sign, or say --unsigned.',
  );
}

/** @throws LandfallError `LF_SIGNATURE_*`: whoever can write the bucket can write history/, too, and a key is not lent to that. */
async function signedTarget(
  site: ReleaseSite,
  target: Release,
  signer: ReleaseSigner,
  { allowUnsigned }: ReturnFlags,
): Promise<Release> {
  const { region } = site;
  const known = verifyRelease(target, region, [signer.publicKey], addressOf(site, historyKey(target.id)));
  if (known.kind === 'ok') return target;
  if (allowUnsigned === true) return signRelease(target, region, signer);
  const hint =
    'Publish its folder again, or, when you know where the record comes from, say --allow-unsigned.';
  throw new LandfallError({ ...known.fault, hint });
}

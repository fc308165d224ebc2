import { isoTime } from '#kit/iso-time.ts';
import {
  parseRollout,
  printTrustedKey,
  settle,
  signRelease,
  verifyRelease,
  type LayerContent,
  type Release,
  type ReleaseOrigin,
  type ReleaseSigner,
} from '#config-service';
import { LandfallError, type Problem } from '#kit/errors.ts';
import type { Outcome } from '#kit/outcome.ts';
import type { ConfigFolder } from '../folder/config-folder.ts';
import type { OpsContext } from '../console/context.ts';
import { changesBetween, type EffectiveChanges } from '../folder/effective-changes.ts';
import { openSite, type SiteFlags } from '../site/open-site.ts';
import { valueOf } from '../console/options.ts';
import { planPointer, type PointerPlan } from './pointer-plan.ts';
import { readReleaseContent, type KnownContent } from '../site/release-content.ts';
import { draftFor, nameDrafts, type RegionDraft } from './release-draft.ts';
import {
  findPointer,
  pointerFault,
  type BrokenPointer,
  type HeldPointer,
  type ReleaseSite,
} from '../site/release-site.ts';
import { STAND_IN_ACCOUNT } from '../folder/scenario.ts';
import { commitOf } from '../folder/commit.ts';
import { operatorName } from '../console/operator-name.ts';
import { refuseResumed, refuseUnexpected } from './refused-move.ts';
import { signPlan, vouchedPast } from './pointer-signature.ts';
import { readSigner } from './signer.ts';
import { vouchFor } from './voucher.ts';

export interface PublishFlags extends SiteFlags {
  readonly message?: string;
  readonly sign?: string;
  readonly rollout?: string;
  /** Although it was halted or rolled back from. */
  readonly resume?: boolean;
  /** The release that has to run in every region, or `none`. */
  readonly expect?: string;
  /** Sign although an object cannot be vouched for. */
  readonly allowUnvouched?: boolean;
}

/** Everything that publishing to one region will do, worked out before anything is written. */
export interface RegionPublication {
  readonly region: string;
  readonly site: ReleaseSite;
  readonly draft: RegionDraft;
  readonly release: Release;
  /** What the pointer said; it has to say so still when it is moved. */
  readonly held: HeldPointer | undefined;
  /** What lies there instead and is no pointer: it is replaced. */
  readonly broken: BrokenPointer | undefined;
  readonly plan: PointerPlan;
  /** Against what the region's instances run now. */
  readonly changes: EffectiveChanges;
  /** What instances have to trust, when the release is signed. */
  readonly trustedKey: string | undefined;
  readonly origin: ReleaseOrigin;
  /** What it fetches and a signed release could not be made to vouch for. */
  readonly unvouched: readonly Problem[];
}

/**
 * Reads the pointers of all regions and plans each region's part. Only reads. @throws LandfallError for the first region that
 * cannot be published to: then none is.
 */
export async function preparePublication(
  folder: ConfigFolder,
  regions: readonly string[],
  order: readonly string[],
  flags: PublishFlags,
  context: OpsContext,
): Promise<readonly RegionPublication[]> {
  const steps = flags.rollout === undefined ? undefined : valueOf(parseRollout(flags.rollout));
  const rollout = steps && { steps, salt: saltOf(context) };
  const signers = new Map<string, ReleaseSigner>();
  for (const region of flags.sign === undefined ? [] : regions) {
    signers.set(region, await readSigner(flags.sign ?? '', region, context));
  }
  const isGood = (region: string) => (standing: Release) => {
    const signer = signers.get(region);
    return !signer || verifyRelease(standing, region, [signer.publicKey], region).kind === 'ok';
  };

  const sites = await inOrder(regions, async (region) => {
    const site = valueOf(await openSite(region, flags, context));
    const found = valueOf(await findPointer(site));
    const broken = found && 'broken' in found ? found : undefined;
    const held = found && 'pointer' in found ? found : undefined;
    const draft = draftFor(folder, region);
    if (!signers.has(region)) return { region, site, held, broken, draft, unvouched: [] };
    const { objects, unvouched } = await vouchFor(draft, flags.owner, context);
    return { region, site, held, broken, draft: { ...draft, objects }, unvouched };
  });
  const standing = sites.flatMap(({ region, held }) =>
    [held?.pointer.stable, held?.pointer.candidate?.release]
      .filter((release) => release !== undefined)
      .filter(isGood(region)),
  );
  const now = context.clock.now() + (sites[0]?.site.store.skewMs ?? 0);
  const createdAt = isoTime(now);
  const { message } = flags;
  const named = nameDrafts(
    sites.map(({ draft }) => draft),
    standing,
    { createdAt, ...(message === undefined ? {} : { message }) },
  );
  const commit = await commitOf(folder.path);
  const origin = { ...operatorName(context), ...(commit === undefined ? {} : { commit }) };
  return inOrder(sites, async ({ region, site, held, broken, draft, unvouched }) => {
    const signer = signers.get(region);
    const unsigned = named.get(region) ?? { id: '', createdAt, layers: draft.layers };
    const release = signer ? await signRelease(unsigned, region, signer) : unsigned;
    const publication = {
      region,
      release,
      isGood: isGood(region),
      ...(rollout ? { rollout } : {}),
      ...operatorName(context),
    };
    const planned = planPointer(vouchedPast(held, signer)?.pointer, publication, now);
    if (planned.kind === 'moves') {
      if (flags.expect !== undefined) refuseUnexpected(site, held, flags.expect, now);
      if (flags.resume !== true) refuseResumed(site, held, release, now);
    }
    const plan = signer ? await signPlan(planned, held, signer, now) : planned;
    refuseUnreadable(site, plan);
    const before = await readBefore(site, held, draft, plan, now);
    const changes = changesBetween(before, draft.contents, region, order, {
      account: flags.owner ?? STAND_IN_ACCOUNT,
    });
    const trustedKey = signer && printTrustedKey(signer.publicKey);
    return { region, site, draft, release, held, broken, plan, changes, trustedKey, origin, unvouched };
  });
}

/** @throws LandfallError before the first object is written: a pointer that nobody can read must not come to be. */
function refuseUnreadable(site: ReleaseSite, plan: PointerPlan): void {
  const fault = plan.kind === 'moves' ? pointerFault(site, plan.next) : undefined;
  if (fault) throw new LandfallError(fault);
}

/** The release that the change is seen against: what runs now. What is damaged there must not stop its own repair. */
async function readBefore(
  site: ReleaseSite,
  held: HeldPointer | undefined,
  draft: RegionDraft,
  plan: PointerPlan,
  now: number,
): Promise<readonly LayerContent[]> {
  if (held === undefined) return [];
  if (plan.kind === 'stands') return draft.contents;
  const known: KnownContent = new Map(
    draft.contents.flatMap(({ files }) => files.map(({ sha256, bytes }) => [sha256, bytes] as const)),
  );
  const content = await readReleaseContent(site, settle(held.pointer, now).stable, known);
  return isDamaged(content) ? [] : valueOf(content);
}

function isDamaged(outcome: Outcome<unknown>): boolean {
  return outcome.kind === 'fail' && ['LF_OBJECT_MISSING', 'LF_DIGEST_MISMATCH'].includes(outcome.fault.code);
}

/** New for each rollout, so that not always the same instances go first. */
function saltOf({ random, clock }: OpsContext): string {
  return `${clock.now().toString(36)}-${Math.floor(random() * 2 ** 32).toString(36)}`;
}

/** One after the other: what goes wrong names the first region it goes wrong in. */
async function inOrder<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

/** @throws LandfallError `LF_SHRUNK` when instances of some region would lose most of their keys. */
export function refuseShrunk(publications: readonly RegionPublication[], dir: string): void {
  const problems = publications.flatMap(({ changes }) => changes.shrunk);
  if (problems.length === 0) return;
  throw new LandfallError({
    code: 'LF_SHRUNK',
    operation: 'publish',
    subject: dir,
    cause: `${problems.length} kinds of instances would lose most of their keys`,
    hint: 'If that is meant, say --allow-shrink here and raise LANDFALL_MAX_SHRINK on the instances; nothing was moved.',
    problems,
  });
}

import {
  isTrailVouchedFor,
  nextSequence,
  signPointer,
  verifyPointer,
  type Pointer,
  type ReleaseSigner,
} from '#config-service';
import type { HeldPointer } from '../site/release-site.ts';
import type { PointerPlan } from './pointer-plan.ts';

/** The plan with a pointer that the signer vouches for. What stands without that is moved to itself, to be signed. */
export async function signPlan(
  plan: PointerPlan,
  held: HeldPointer | undefined,
  signer: ReleaseSigner,
  now: number,
): Promise<PointerPlan> {
  if (plan.kind === 'stands' && held && isSignedBy(held.pointer, signer)) return plan;
  const next = plan.kind === 'stands' ? held?.pointer : plan.next;
  if (next === undefined) return plan;
  const signed = await signNext(next, held, signer, now);
  return plan.kind === 'stands' ? { kind: 'moves', next: signed } : { ...plan, next: signed };
}

/**
 * Signed as the one that follows what is there. A sequence that this key did not sign counts for nothing: whoever can write the
 * bucket could put the highest number there is, and have the key sign the end of all releases. Rejects when the signer does.
 */
export function signNext(
  next: Pointer,
  held: HeldPointer | undefined,
  signer: ReleaseSigner,
  now: number,
): Promise<Pointer> {
  const before = held && isSignedBy(held.pointer, signer) ? held.pointer.sequence : undefined;
  return signPointer(next, nextSequence(before, now), signer);
}

/**
 * What a key may go on from. Of a trail that it has not signed only what forbids is kept: whoever can write the bucket could
 * otherwise have it vouch for a way back of his choice.
 */
export function vouchedPast<T extends HeldPointer | undefined>(
  held: T,
  signer: ReleaseSigner | undefined,
): T {
  if (held?.pointer.trail === undefined || signer === undefined) return held;
  if (isTrailVouchedFor(held.pointer, [signer.publicKey])) return held;
  const past = held.pointer.trail.past.filter(({ fate }) => fate !== 'replaced');
  return { ...held, pointer: { ...held.pointer, trail: { past } } };
}

function isSignedBy(pointer: Pointer, signer: ReleaseSigner): boolean {
  const verified = verifyPointer(pointer, [signer.publicKey], '');
  return verified.kind === 'ok' && verified.value !== undefined;
}

import { fail, ok, type Outcome } from '../kit/outcome.ts';
import type { ReleaseCandidate } from './candidate.ts';
import { sha256Hex } from './digest.ts';
import { canonicalPointer, type Pointer } from './pointer.ts';
import { isVouchedFor, signatureOf, type ReleaseSigner } from './signing.ts';
import { canonicalPast } from './trail.ts';
import type { TrustedKey } from './trusted-key.ts';

/**
 * What is signed of a pointer: its region, its place in the sequence, and by digest both releases and the rollout. A halt is
 * left out: whoever is called at night stops a rollout without the key, and all that a halt leads back to is the release
 * that the same signature names as the stable one. The trail has a signature of its own: no instance reads it.
 */
export function pointerStatement(pointer: Pointer): Uint8Array {
  const { signatures: _, trail: __, candidate, ...rest } = pointer;
  const signed: Pointer = candidate ? { ...rest, candidate: withoutHalt(candidate) } : rest;
  const digest = sha256Hex(JSON.stringify(canonicalPointer(signed)));
  const { region, sequence } = pointer;
  return Buffer.from(JSON.stringify({ statement: 'landfall pointer 1', region, sequence, digest }));
}

function withoutHalt({ release, salt, startedAt, steps }: ReleaseCandidate): ReleaseCandidate {
  return { release, salt, startedAt, steps };
}

/**
 * The sequence of a pointer that is written at `now` (epoch ms) in the place of one with `before`: above all that were
 * written before it, also when that one was lost, or was put back by somebody. Instances compare it and read no clock.
 */
export function nextSequence(before: number | undefined, now: number): number {
  return Math.max(now, (before ?? 0) + 1);
}

/** The pointer as number `sequence`, signed. Rejects when the signer does. */
export async function signPointer(
  pointer: Pointer,
  sequence: number,
  signer: ReleaseSigner,
): Promise<Pointer> {
  const { trail, ...rest } = pointer;
  const numbered: Pointer = { ...rest, sequence, signatures: [] };
  const signatures = [await signatureOf(pointerStatement(numbered), signer)];
  if (!trail) return { ...numbered, signatures };
  const statement = trailStatement({ ...numbered, trail });
  const vouched = { past: trail.past, signatures: [await signatureOf(statement, signer)] };
  return { ...numbered, trail: vouched, signatures };
}

/** What is signed of a trail: with its region and its place in the sequence, so that it fits no other pointer. */
function trailStatement({ region, sequence, trail }: Pointer): Uint8Array {
  const digest = sha256Hex(JSON.stringify(canonicalPast(trail?.past ?? [])));
  return Buffer.from(JSON.stringify({ statement: 'landfall trail 1', region, sequence, digest }));
}

/** Whether one of the keys vouches for the trail of the pointer. */
export function isTrailVouchedFor(pointer: Pointer, keys: readonly TrustedKey[]): boolean {
  const { signatures = [] } = pointer.trail ?? {};
  return signatures.some((signature) => isVouchedFor(signature, keys, trailStatement(pointer)));
}

/**
 * The place of a pointer in the sequence, when a trusted key vouches for it. Undefined of a pointer that was published
 * before there were sequences, or without a key: what it names has signatures of its own, but nothing says when it was
 * pointed to. Faults: `LF_SIGNATURE_MISSING`, `LF_SIGNATURE_WRONG`.
 */
export function verifyPointer(
  pointer: Pointer,
  keys: readonly TrustedKey[],
  address: string,
): Outcome<number | undefined> {
  const { sequence, signatures = [] } = pointer;
  if (sequence === undefined) return ok(undefined);
  if (signatures.some((signature) => isVouchedFor(signature, keys, pointerStatement(pointer))))
    return ok(sequence);
  const known = signatures.some(({ key }) => keys.some(({ id }) => id === key));
  return fail({
    code: signatures.length === 0 ? 'LF_SIGNATURE_MISSING' : 'LF_SIGNATURE_WRONG',
    operation: 'verify',
    subject: address,
    cause:
      signatures.length === 0
        ? 'the pointer has a sequence and no signature'
        : known
          ? 'its signature does not fit what it points to'
          : `it is signed with ${signatures.map(({ key }) => key).join(', ')}, which is not trusted here`,
    hint: 'Find out who wrote it, and publish or roll back with `--sign KEY`; what was accepted before stays in use.',
  });
}

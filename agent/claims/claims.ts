import { ok, type Outcome } from '#kit/outcome.ts';
import { createSerial } from '#kit/serial.ts';
import type { ClaimsSection, VolumeClaim } from '../plan/plan.ts';
import { createAddressKeeper, type AddressStatus } from './address/address-keeper.ts';
import {
  HOST_ROOTS,
  type ClaimChange,
  type ClaimsHost,
  type ClaimsWork,
  type HostRoots,
  type MovingTo,
} from './base/claims-host.ts';
import { openMemory, type ClaimsMemory } from './base/claims-memory.ts';
import { createVolumeKeeper, type VolumeStatus } from './volume/volume-keeper.ts';
import { CLAIM_LEASE_MS } from './base/claim-lease.ts';

export interface ClaimsParts extends Omit<ClaimsHost, 'roots' | 'movingTo'> {
  readonly roots?: HostRoots;
  /** Where no source could tell, nothing is on its way. */
  readonly movingTo?: MovingTo;
  /** See `CLAIM_LEASE_MS`. */
  readonly leaseMs?: number;
}

type Changes = Outcome<readonly ClaimChange[]>;

/** What of AWS belongs to this instance for as long as it lives: an address, volumes (`claims` of plan.yaml). */
export interface Claims {
  /** One section of the plan: a run that finds everything as it should be changes nothing. */
  readonly step: {
    readonly name: 'claims';
    preview(work: ClaimsWork): Promise<Changes>;
    run(work: ClaimsWork): Promise<Changes>;
  };
  /** Looks whether it is all still there; call it about every third of the lease. A lost address is tried for again. */
  verify(signal: AbortSignal): Promise<Changes>;
  /** Lets go of the address if the plan says so; call it when the host goes, not when only the agent does. */
  release(deadlineMs: number, signal: AbortSignal): Promise<Changes>;
  status(): ClaimsStatus;
}

export interface ClaimsStatus {
  readonly address: AddressStatus | null;
  readonly volumes: readonly VolumeStatus[];
}

/** Nothing is asked of AWS, read or written before the first call. */
export function createClaims(parts: ClaimsParts): Claims {
  const { roots = HOST_ROOTS, movingTo = async () => undefined } = parts;
  const host: ClaimsHost = { ...parts, roots, movingTo };
  const address = createAddressKeeper(host, parts.leaseMs ?? CLAIM_LEASE_MS);
  const volumes = createVolumeKeeper(host);
  let opened: Promise<ClaimsMemory> | undefined;
  const memory = (): Promise<ClaimsMemory> => (opened ??= openMemory(host.store));

  /** A check and a claim that is still waiting would take each other's half-done work for something else. */
  const serial = createSerial();

  const runAddress = async (
    { address: claim }: ClaimsSection,
    signal: AbortSignal,
  ): Promise<readonly Changes[]> => {
    return claim ? [await address.claim(claim, await memory(), signal)] : [];
  };

  const runVolumes = async (
    { volumes: claims }: ClaimsSection,
    signal: AbortSignal,
  ): Promise<readonly Changes[]> => {
    await forgetOthers(await memory(), claims);
    const outcomes: Changes[] = [];
    // One after the other: two at once would be given the same free device name.
    for (const claim of outermostFirst(claims))
      outcomes.push(await volumes.claim(claim, await memory(), signal));
    return outcomes;
  };

  return {
    step: {
      name: 'claims',
      async preview({ plan: { claims }, signal }) {
        const outcomes: Changes[] = [];
        if (claims.address) outcomes.push(await address.preview(claims.address, signal));
        for (const claim of claims.volumes)
          outcomes.push(await volumes.preview(claim, await memory(), signal));
        return joined(outcomes);
      },
      run: ({ plan: { claims }, signal }) =>
        serial.run(async () => {
          volumes.keepOnly(claims.volumes);
          if (!claims.address) address.forget();
          const outcomes = await Promise.all([runAddress(claims, signal), runVolumes(claims, signal)]);
          return joined(outcomes.flat());
        }),
    },
    verify: (signal) =>
      serial.run(async () => {
        const lost = await volumes.verify();
        const verified = await address.verify(await memory(), signal);
        return lost.length === 0
          ? verified
          : ok([...lost, ...(verified.kind === 'ok' ? verified.value : [])]);
      }),
    async release(deadlineMs, signal) {
      const late = new AbortController();
      const done = new AbortController();
      host.clock.sleep(deadlineMs, done.signal).then(
        () => late.abort(),
        () => {},
      );
      const either = AbortSignal.any([signal, late.signal]);
      const released = await serial.run(async () => address.release(await memory(), deadlineMs, either));
      done.abort();
      return released;
    },
    status: () => ({ address: address.status() ?? null, volumes: volumes.status() }),
  };
}

/** A claim that is gone or has a new name must not keep its volume from the others. */
async function forgetOthers(memory: ClaimsMemory, claims: readonly VolumeClaim[]): Promise<void> {
  const names = new Set(claims.map(({ name }) => name));
  const kept = Object.entries(memory.record.volumes).filter(([name]) => names.has(name));
  await memory.change({ volumes: Object.fromEntries(kept) });
}

/** By name, but a mount point after one that it lies in: mounted the other way round it would be hidden. */
function outermostFirst(claims: readonly VolumeClaim[]): readonly VolumeClaim[] {
  return claims.toSorted((a, b) => depthOf(a) - depthOf(b));
}

function depthOf({ mount }: VolumeClaim): number {
  return mount.split('/').filter((part) => part !== '').length;
}

/** All were tried; what is final comes before what may pass. */
function joined(outcomes: readonly Changes[]): Changes {
  const trouble =
    outcomes.find(({ kind }) => kind === 'fail') ?? outcomes.find(({ kind }) => kind === 'retry');
  if (trouble) return trouble;
  return ok(outcomes.flatMap((outcome) => (outcome.kind === 'ok' ? outcome.value : [])));
}

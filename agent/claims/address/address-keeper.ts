import { isoTime } from '#kit/iso-time.ts';
import type { Fault } from '#kit/errors.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import type { AddressClaim } from '../../plan/plan.ts';
import { chooseAddress, isOurs } from './address-choice.ts';
import { ADDRESS_ENTRY, missing, tryAddress } from './address-claim.ts';
import type { HeldAddress } from './address-confirmation.ts';
import type { ClaimChange, ClaimsHost } from '../base/claims-host.ts';
import type { ClaimsMemory } from '../base/claims-memory.ts';
import { ec2Of, type Ec2 } from '../ec2/ec2.ts';
import { interrupted, persist, sleep } from '../base/persist.ts';

/** The address as this agent sees it. */
export interface AddressStatus {
  readonly tag: string;
  /**
   * `held`: EC2 showed it as ours within the lease. `unconfirmed`: it did, and has not been asked successfully for longer
   * than that: nobody should count on it. `waiting`: not had yet. `lost`: another has it, or nobody.
   */
  readonly state: 'held' | 'unconfirmed' | 'waiting' | 'lost' | 'released';
  readonly publicIp?: string;
  readonly allocationId?: string;
  /** When EC2 last showed it as ours, ISO 8601. */
  readonly confirmedAt?: string;
  /** Why it is not held. */
  readonly fault?: Fault;
}

type Step = Promise<Outcome<readonly ClaimChange[]>>;

export interface AddressKeeper {
  preview(claim: AddressClaim, signal: AbortSignal): Step;
  claim(claim: AddressClaim, memory: ClaimsMemory, signal: AbortSignal): Step;
  verify(memory: ClaimsMemory, signal: AbortSignal): Step;
  release(memory: ClaimsMemory, deadlineMs: number, signal: AbortSignal): Step;
  /** The plan no longer asks for one. What is held stays with the instance; it is just not looked after. */
  forget(): void;
  status(): AddressStatus | undefined;
}

/** Between the two readings that it takes to call an address lost. */
const DOUBT_MS = 2_000;

interface Tenure {
  readonly claim: AddressClaim;
  readonly held?: HeldAddress & { readonly at: number; readonly monotonicAt: number };
  readonly without?: 'waiting' | 'lost' | 'released';
  readonly fault?: Fault;
}

/** @param leaseMs how long one successful look at EC2 lets this agent believe that an address is its own. */
export function createAddressKeeper(host: ClaimsHost, leaseMs: number): AddressKeeper {
  const { clock, logger } = host;
  let tenure: Tenure | undefined;

  const ec2At = ({ tag }: AddressClaim, signal: AbortSignal): Ec2 =>
    ec2Of(host.aws, `an Elastic IP with tag ${tag.name}=${tag.value}`, signal);

  const settle = async (
    claim: AddressClaim,
    outcome: Outcome<HeldAddress>,
    memory: ClaimsMemory,
    changes: readonly ClaimChange[],
  ): Step => {
    if (outcome.kind !== 'ok') {
      tenure = { claim, without: tenure?.without ?? 'waiting', fault: outcome.fault };
      return outcome;
    }
    const { allocationId, associationId } = outcome.value;
    const saved = await memory.change({ address: { allocationId, associationId } });
    if (saved.kind !== 'ok')
      logger.warn('the claim of an address could not be kept', { code: saved.fault.code });
    tenure = { claim, held: { ...outcome.value, at: clock.now(), monotonicAt: clock.monotonic() } };
    return ok(changes);
  };

  const tryOnce = async (
    claim: AddressClaim,
    memory: ClaimsMemory,
    changes: ClaimChange[],
    signal: AbortSignal,
  ): Step => {
    const work = { host, ec2: ec2At(claim, signal), memory, signal, changes };
    return await settle(claim, await tryAddress(work, claim), memory, changes);
  };

  return {
    async preview(claim, signal) {
      const seen = await ec2At(claim, signal).addresses({ tag: claim.tag });
      if (seen.kind !== 'ok') return seen;
      const choice = chooseAddress(seen.value, host.instanceId, undefined);
      if (choice.kind === 'none') return missing(host, claim);
      if (choice.kind === 'ours') return ok([]);
      const reason = choice.kind === 'free' ? 'it is free' : 'once it is free';
      const subject = choice.addresses[0]?.publicIp ?? '';
      return ok([{ entry: ADDRESS_ENTRY, subject, action: 'associate', reason }]);
    },

    async claim(claim, memory, signal) {
      tenure = { ...(tenure?.held ? { held: tenure.held } : { without: 'waiting' }), claim };
      const changes: ClaimChange[] = [];
      const work = { host, ec2: ec2At(claim, signal), memory, signal, changes };
      const outcome = await persist(host, claim.timeoutMs, signal, () => tryAddress(work, claim));
      return await settle(claim, outcome, memory, changes);
    },

    async verify(memory, signal) {
      if (!tenure) return ok([]);
      const { claim, held } = tenure;
      if (!held) return await tryOnce(claim, memory, [], signal);
      const ec2 = ec2At(claim, signal);
      for (const last of [false, true]) {
        const seen = await ec2.addresses({ allocationId: held.allocationId });
        if (seen.kind !== 'ok') return seen;
        const address = seen.value[0];
        if (address && isOurs(address, host.instanceId) && address.associationId === held.associationId) {
          tenure = { claim, held: { ...held, at: clock.now(), monotonicAt: clock.monotonic() } };
          return ok([]);
        }
        if (!last && !(await sleep(host, DOUBT_MS, signal))) return interrupted();
      }
      tenure = { claim, without: 'lost' };
      logger.warn('the address that was claimed is no longer ours', { address: held.publicIp });
      const changes: ClaimChange[] = [{ entry: ADDRESS_ENTRY, subject: held.publicIp, action: 'lost' }];
      const again = await tryOnce(claim, memory, changes, signal);
      // The loss is the news, whether another one was to be had or not.
      return again.kind === 'ok' ? again : ok(changes);
    },

    async release(memory, deadlineMs, signal) {
      const kept = tenure?.held ?? memory.record.address;
      if (!tenure?.claim.release || !kept) return ok([]);
      const { claim } = tenure;
      const { allocationId, associationId } = kept;
      // First of all: what EC2 shows of it from here on may be out of date, and proves nothing to the next start.
      await memory.change({ address: undefined });
      tenure = { claim, without: 'released' };
      const ec2 = ec2At(claim, signal);
      return await persist(host, deadlineMs, signal, async () => {
        const seen = await ec2.addresses({ allocationId });
        if (seen.kind !== 'ok') return seen;
        const address = seen.value[0];
        if (!address || !isOurs(address, host.instanceId) || address.associationId !== associationId)
          return ok([]);
        const released = await ec2.disassociate(associationId);
        if (released.kind !== 'ok') return released;
        return ok([{ entry: ADDRESS_ENTRY, subject: address.publicIp, action: 'release' }]);
      });
    },

    forget() {
      tenure = undefined;
    },

    status() {
      if (!tenure) return undefined;
      const { claim, held, without, fault } = tenure;
      const tag = `${claim.tag.name}=${claim.tag.value}`;
      const why = fault === undefined ? {} : { fault };
      if (!held) return { tag, state: without ?? 'waiting', ...why };
      const { publicIp, allocationId, at, monotonicAt } = held;
      const state = clock.monotonic() - monotonicAt < leaseMs ? 'held' : 'unconfirmed';
      return { tag, state, publicIp, allocationId, confirmedAt: isoTime(at), ...why };
    },
  };
}

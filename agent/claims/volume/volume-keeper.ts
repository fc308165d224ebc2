import { realpath } from 'node:fs/promises';
import type { Fault } from '#kit/errors.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { VolumeClaim } from '../../plan/plan.ts';
import type { ClaimChange, ClaimsHost } from '../base/claims-host.ts';
import type { ClaimsMemory } from '../base/claims-memory.ts';
import { ec2Of } from '../ec2/ec2.ts';
import { findBlockDevice } from './block-device.ts';
import { isOf, mountAt } from './mount-table.ts';
import { finalFault, seekerOf } from './volume-attachment.ts';
import { chooseVolume } from './volume-choice.ts';
import { claimVolume, type HeldVolume } from './volume-claim.ts';
import type { VolumeWork } from './volume-work.ts';

/** A volume as this agent sees it. */
export interface VolumeStatus {
  readonly name: string;
  readonly tag: string;
  readonly mount: string;
  /** `lost`: it was mounted and no longer is. */
  readonly state: 'mounted' | 'waiting' | 'lost';
  readonly volumeId?: string;
  readonly device?: string;
  /** Why it is not mounted. */
  readonly fault?: Fault;
}

type Step = Promise<Outcome<readonly ClaimChange[]>>;

export interface VolumeKeeper {
  preview(claim: VolumeClaim, memory: ClaimsMemory, signal: AbortSignal): Step;
  claim(claim: VolumeClaim, memory: ClaimsMemory, signal: AbortSignal): Step;
  /** Looks at the kernel only, and changes nothing: whoever takes a volume away by hand means it. */
  verify(): Promise<readonly ClaimChange[]>;
  /** Claims the plan no longer makes are not looked after; their volumes stay as they are. */
  keepOnly(claims: readonly VolumeClaim[]): void;
  status(): readonly VolumeStatus[];
}

interface Tenure {
  readonly claim: VolumeClaim;
  readonly state: VolumeStatus['state'];
  readonly held?: HeldVolume;
  readonly fault?: Fault;
}

export function createVolumeKeeper(host: ClaimsHost): VolumeKeeper {
  const tenures = new Map<string, Tenure>();

  const workOf = (claim: VolumeClaim, memory: ClaimsMemory, signal: AbortSignal) => {
    const subject = `a volume with tag ${claim.tag.name}=${claim.tag.value}`;
    const changes: ClaimChange[] = [];
    return { host, ec2: ec2Of(host.aws, subject, signal), memory, entry: entryOf(claim), signal, changes };
  };

  return {
    async preview(claim, memory, signal) {
      return await previewAttachment(workOf(claim, memory, signal), claim);
    },

    async claim(claim, memory, signal) {
      const { name } = claim;
      if (!tenures.has(name)) tenures.set(name, { claim, state: 'waiting' });
      const work = workOf(claim, memory, signal);
      const outcome = await claimVolume(work, claim);
      if (outcome.kind !== 'ok') {
        tenures.set(name, {
          claim,
          state: tenures.get(name)?.held ? 'lost' : 'waiting',
          fault: outcome.fault,
        });
        return outcome;
      }
      tenures.set(name, { claim, state: 'mounted', held: outcome.value });
      return ok(work.changes);
    },

    async verify() {
      const lost: ClaimChange[] = [];
      for (const [name, tenure] of tenures) {
        const { claim, held, state } = tenure;
        if (!held) continue;
        const mounted = await isMounted(held, host);
        if (mounted === (state === 'mounted')) continue;
        tenures.set(name, { ...tenure, state: mounted ? 'mounted' : 'lost' });
        if (mounted) continue;
        const { volumeId } = held;
        host.logger.warn('a volume that was claimed is no longer mounted', {
          volume: volumeId,
          mount: claim.mount,
        });
        lost.push({
          entry: entryOf(claim),
          subject: volumeId,
          action: 'lost',
          reason: `not at ${claim.mount}`,
        });
      }
      return lost;
    },

    keepOnly(claims) {
      const names = new Set(claims.map(({ name }) => name));
      for (const name of tenures.keys()) if (!names.has(name)) tenures.delete(name);
    },

    status() {
      return [...tenures.values()].map(({ claim, state, held, fault }) => ({
        name: claim.name,
        tag: `${claim.tag.name}=${claim.tag.value}`,
        mount: claim.mount,
        state,
        ...(held === undefined ? {} : { volumeId: held.volumeId, device: held.device.path }),
        ...(fault === undefined ? {} : { fault }),
      }));
    },
  };
}

async function isMounted({ volumeId, device, mount }: HeldVolume, { roots }: ClaimsHost): Promise<boolean> {
  const path = await realpath(mount).catch(() => mount);
  const found = await mountAt(path, roots);
  // Detached and attached again it has another number.
  const now = (await findBlockDevice(volumeId, device.path, roots)) ?? device;
  return found !== undefined && isOf(found, now);
}

function entryOf({ name }: VolumeClaim): string {
  return `claims.volumes.${name}`;
}

/** What a claim would do from here; asks EC2 and the kernel, and touches neither. */
async function previewAttachment(
  work: VolumeWork,
  claim: VolumeClaim,
): Promise<Outcome<readonly ClaimChange[]>> {
  const { host, ec2, entry } = work;
  const seen = await ec2.volumes({ tag: claim.tag });
  if (seen.kind !== 'ok') return seen;
  const choice = chooseVolume(seen.value, seekerOf(work, claim));
  const fault = finalFault(host, claim, choice);
  if (fault) return fail(fault);
  const reason = claim.makeFilesystem && `with a new ${claim.makeFilesystem} if it is empty`;
  const mount: ClaimChange = { entry, subject: claim.mount, action: 'mount', ...(reason ? { reason } : {}) };
  if (choice.kind === 'ours') {
    const { volume, attachment } = choice;
    const device = await findBlockDevice(volume.volumeId, attachment.device, host.roots);
    const mounted = await mountAt(await realpath(claim.mount).catch(() => claim.mount), host.roots);
    return ok(device && mounted && isOf(mounted, device) ? [] : [mount]);
  }
  const volume = 'volumes' in choice ? choice.volumes[0] : undefined;
  const when = choice.kind === 'free' ? 'it is free' : 'once it is let go';
  return ok([{ entry, subject: volume?.volumeId ?? '', action: 'attach', reason: when }, mount]);
}

import { onTestFinished } from 'vitest';
import { createClaims, type Claims, type ClaimsParts } from '#agent/claims/claims.ts';
import type { ClaimStore, ClaimsWork } from '#agent/claims/base/claims-host.ts';
import type { AddressClaim, VolumeClaim } from '#agent/plan/plan.ts';
import { silentLogger } from '#kit/logger.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { startSandbox, type Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { callsAt } from './aws-calls.ts';
import { FakeClock } from './fake-clock.ts';
import { elapse } from './patience.ts';
import { PIN } from './pinned.ts';

export const ZONE = `${PIN.region}a`;

/** An EC2 of its own on a clock of its own, closed after the test. */
export interface Ground {
  readonly sandbox: Sandbox;
  readonly clock: FakeClock;
  /** The claims of an instance in Ireland. The same id with the same store is the agent started again. */
  readonly claims: (instanceId: string, parts?: Partial<ClaimsParts>) => Promise<Claims>;
  /** Lets time pass until `work` is done. */
  readonly during: <T>(work: Promise<T>) => Promise<T>;
}

export async function claimingGround(): Promise<Ground> {
  const clock = new FakeClock();
  const sandbox = await startSandbox({ clock });
  onTestFinished(() => sandbox.close());
  return {
    sandbox,
    clock,
    claims: async (instanceId, parts = {}) => {
      const { region } = PIN;
      if (!sandbox.instances.has(instanceId)) await sandbox.addInstance({ instanceId, region, zone: ZONE });
      return createClaims({
        aws: callsAt(new URL(sandbox.url)),
        region,
        zone: ZONE,
        instanceId,
        clock,
        random: () => 0.5,
        logger: silentLogger,
        run: () => Promise.resolve({ end: { kind: 'unstarted', reason: 'ENOENT' }, tail: '' }),
        store: storeInMemory(),
        ...parts,
      });
    },
    during: (work) => elapse(clock, work),
  };
}

export function storeInMemory(): ClaimStore & { readonly text: string } {
  let kept: Uint8Array | undefined;
  return {
    get text() {
      return kept === undefined ? '' : new TextDecoder().decode(kept);
    },
    load: async () => kept,
    async save(bytes) {
      kept = bytes;
      return ok(undefined);
    },
    async remove() {
      kept = undefined;
      return ok(undefined);
    },
  };
}

const place = { file: 'base/plan.yaml', line: 1 };

export function addressClaim(more: Partial<AddressClaim> = {}): AddressClaim {
  const tag = { name: 'service', value: 'payroll' };
  return { name: 'address', place, tag, release: false, timeoutMs: 60_000, ...more };
}

export function volumeClaim(more: Partial<VolumeClaim> = {}): VolumeClaim {
  return {
    name: 'data',
    place,
    tag: { name: 'service', value: 'payroll' },
    mount: '/srv/data',
    device: undefined,
    makeFilesystem: undefined,
    options: undefined,
    timeoutMs: 60_000,
    ...more,
  };
}

export function workOf(claims: {
  readonly address?: AddressClaim;
  readonly volumes?: readonly VolumeClaim[];
  readonly signal?: AbortSignal;
}): ClaimsWork {
  const { address, volumes = [], signal = new AbortController().signal } = claims;
  return { plan: { claims: { address, volumes } }, signal };
}

/** The code of what went wrong, or `ok`. */
export function codeOf(outcome: Outcome<unknown>): string {
  return outcome.kind === 'ok' ? 'ok' : `${outcome.kind} ${outcome.fault.code}`;
}

import { isoTime } from '#kit/iso-time.ts';
import { haltRollout } from '#config-service';
import { LandfallError } from '#kit/errors.ts';
import type { Outcome } from '#kit/outcome.ts';
import { ok } from '#kit/outcome.ts';
import type { OpsContext } from '../console/context.ts';
import { operatorName } from '../console/operator-name.ts';
import type { SiteFlags } from '../site/open-site.ts';
import { movedOrFault, movePointer } from '../site/release-site.ts';
import type { OpenedSite } from '../site/site-options.ts';

/** What a halt came to in one region. */
export interface Halted {
  /** The candidate; undefined where nothing is being rolled out. */
  readonly release: string | undefined;
  /** False where it was halted before. */
  readonly changed: boolean;
}

/** Fault of a command that needs a rollout, where no region has one. */
export function noRollout(
  operation: string,
  { to, region, regions }: SiteFlags & { readonly region?: string; readonly regions?: string },
  hint: string,
): LandfallError {
  return new LandfallError({
    code: 'LF_ROLLOUT_NONE',
    operation,
    subject: `${to} in ${region ?? regions}`,
    cause: 'no rollout is under way',
    hint,
  });
}

/** Stops the rollout of a region. Halted already is what was asked for. */
export async function haltSite(
  { site, held }: OpenedSite,
  reason: string,
  context: OpsContext,
): Promise<Outcome<Halted>> {
  const { candidate } = held.pointer;
  if (candidate === undefined) return ok({ release: undefined, changed: false });
  const at = isoTime(context.clock.now());
  const next = haltRollout(held.pointer, { at, reason, ...operatorName(context) });
  const moved = next ? movedOrFault(await movePointer(site, held, next)) : ok(undefined);
  if (moved.kind !== 'ok') return moved;
  return ok({ release: candidate.release.id, changed: next !== undefined });
}

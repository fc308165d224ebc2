import type { Notice } from './notice.ts';

/** What a notice means for the agent. `return`: out of a warm pool, into service again. */
export type Decision =
  | { readonly kind: 'nothing' | 'note' | 'return' }
  | { readonly kind: 'leave'; readonly withinMs: number };

export interface Circumstances {
  /** Wall clock, epoch ms. */
  readonly now: number;
  /** The target state before this one; undefined: this is the first. */
  readonly targetBefore: string | undefined;
}

/** EC2 gives two minutes, "on a best-effort basis" (EC2 User Guide, Spot Instance interruption notices). */
const SPOT_NOTICE_MS = 120_000;

/** With a clock that is ahead, or a notice that came late, this little is tried for nevertheless. */
const LEAST_MS = 5000;

/** How long leaving an Auto Scaling group may take at most; the hook's own limit shortens it (`leaving.ts`). */
export const LIFECYCLE_MS = 3_600_000;

/** Pure: notices in, decisions out. docs/termination.md has this as a table. */
export function decide(notice: Notice, circumstances: Circumstances): Decision {
  const { source, action } = notice;
  if (source === 'spot') return decideSpot(notice, circumstances.now);
  if (source === 'autoscaling') return decideTarget(action, circumstances.targetBefore);
  // Rebalance and maintenance: a risk, or days ahead. When it comes to it, a notice or an orderly shutdown comes first.
  return { kind: 'note' };
}

/** Hibernation begins with the notice and ends where it began: who left would never come back. */
function decideSpot({ action, at }: Notice, now: number): Decision {
  if (action !== 'terminate' && action !== 'stop') return { kind: 'note' };
  const leftMs = at === undefined ? SPOT_NOTICE_MS : Date.parse(at) - now;
  return { kind: 'leave', withinMs: Math.min(Math.max(leftMs, LEAST_MS), SPOT_NOTICE_MS) };
}

function decideTarget(target: string, before: string | undefined): Decision {
  if (target === before) return { kind: 'nothing' };
  if (target === 'Terminated' || target === 'Warmed:Terminated') {
    return { kind: 'leave', withinMs: LIFECYCLE_MS };
  }
  const wasWarm = before?.startsWith('Warmed:') ?? false;
  if (target === 'InService') return { kind: wasWarm ? 'return' : before === undefined ? 'nothing' : 'note' };
  // Launched into the pool: it is being prepared there. Sent back to it: it leaves, and may return.
  if (target.startsWith('Warmed:') && before === 'InService') {
    return { kind: 'leave', withinMs: LIFECYCLE_MS };
  }
  return { kind: 'note' };
}

import type { Clock } from '#kit/clock.ts';
import type { Outcome } from '#kit/outcome.ts';
import { createSerial } from '#kit/serial.ts';
import { createDeadline, orLate, type Deadline } from './deadline.ts';
import {
  completeAction,
  findAction,
  keepAlive,
  type LifecycleAction,
  type LifecycleParts,
} from './lifecycle-action.ts';
import type { Notes } from './notes.ts';

/** Why this instance goes. */
export interface Cause {
  readonly source: 'spot' | 'autoscaling' | 'shutdown';
  /** `terminate`, `stop`; the target state; `stop` of a shutdown. */
  readonly action: string;
}

/** A part of leaving that others do: at most so long, and to be given up when the signal aborts. */
export type Work = (deadlineMs: number, signal: AbortSignal) => Promise<Outcome<unknown>>;

export interface LeavingParts extends LifecycleParts {
  readonly clock: Clock;
  readonly runShutdownHooks: Work;
  /** Logs and metrics, so that what the hooks said arrives. */
  readonly drain: Work;
  readonly releaseClaims: Work;
  /** `signals.terminationHook` of the plan in effect. */
  readonly terminationHook: () => string | undefined;
  readonly notes: Notes;
  readonly bootId: () => Promise<string>;
  /** For the event stream: an event of kind `termination`. */
  readonly record: (data: Readonly<Record<string, unknown>>) => void;
  /** The agent stops, though the machine does not: what is under way ends, and goes on at the next start. */
  readonly stop: AbortSignal;
}

export interface Leaving {
  /**
   * Does what is left to do, each part once in a boot, claims once in a run of the agent. Called again while it works, a nearer end counts for all of it.
   * Never rejects.
   */
  leave(cause: Cause, withinMs: number): Promise<void>;
  /** This instance stays after all (out of a warm pool): the next time everything is done anew. */
  stay(): Promise<void>;
}

export function createLeaving(parts: LeavingParts): Leaving {
  const { clock, logger, notes, record } = parts;
  const underWay = new Set<Deadline>();
  const serial = createSerial();
  /** Each start of the agent takes up the claims of the plan: that they were let go holds for this run of it only. */
  let released = false;

  /** One after the other: what the first one does, the second finds done. */
  const inTurn = (act: () => Promise<void>): Promise<void> =>
    serial.run(act).catch((error: unknown) => {
      logger.error('leaving failed', { error: String(error) });
    });

  const leave = async (cause: Cause, deadline: Deadline): Promise<void> => {
    const { source, action } = cause;
    const done = new Set(await stepsDone(parts));
    if (!released) done.delete('claims');
    const steps = STEPS.filter(
      (step) => !done.has(step) && (step !== 'lifecycle' || source === 'autoscaling'),
    );
    if (steps.length === 0) return;
    record({ phase: 'leaving', source, action, withinMs: Math.round(deadline.leftMs()) });
    logger.info('leaving', { source, action, withinMs: Math.round(deadline.leftMs()) });
    const group = source === 'autoscaling' ? holdGroup(parts, deadline) : undefined;
    const mark = async (step: Step): Promise<void> => {
      done.add(step);
      released ||= step === 'claims';
      await notes.save('departure', { boot: await parts.bootId(), done: [...done] });
    };
    try {
      for (const step of steps) {
        if (parts.stop.aborted) return;
        // Hooks at most once, even if the agent is killed while they run; the rest can be done again.
        if (step === 'hooks') await mark(step);
        const outcome = await perform(step, deadline);
        record({ phase: 'step', step, outcome });
        if (outcome === 'done') await mark(step);
      }
    } finally {
      group?.release();
    }
    record({ phase: 'left', source, action });
    logger.info('left', { source, action });

    async function perform(step: Step, whole: Deadline): Promise<'done' | 'failed' | 'late'> {
      const share = whole.share((leftMs) => timeFor(step, leftMs));
      try {
        if (share.signal.aborted) return 'late';
        const outcome = await orLate(work(step, share.leftMs(), share.signal), share.signal);
        if (outcome === 'late') logger.warn('leaving: no time is left for it', { step });
        return outcome;
      } finally {
        share.clear();
      }
    }

    async function work(step: Step, ms: number, signal: AbortSignal): Promise<'done' | 'failed'> {
      if (step === 'lifecycle') {
        const held = await group?.action;
        return held && !(await completeAction(parts, held, 'CONTINUE', signal)) ? 'failed' : 'done';
      }
      const run = { hooks: parts.runShutdownHooks, drain: parts.drain, claims: parts.releaseClaims }[step];
      const outcome = await run(ms, signal);
      if (outcome.kind === 'ok') return 'done';
      const { code, cause: why } = outcome.fault;
      logger.warn('leaving: a step failed, going on', { step, code, cause: why });
      return 'failed';
    }
  };

  return {
    leave(cause, withinMs) {
      for (const other of underWay) other.shorten(withinMs);
      const deadline = createDeadline(clock, withinMs, parts.stop);
      underWay.add(deadline);
      return inTurn(() => leave(cause, deadline)).finally(() => {
        deadline.clear();
        underWay.delete(deadline);
      });
    },
    stay: () => inTurn(async () => notes.save('departure', { boot: await parts.bootId(), done: [] })),
  };
}

/** Reads the steps done in this boot; an instance that was stopped and started again is back in service. */
async function stepsDone({ notes, bootId }: LeavingParts): Promise<readonly Step[]> {
  const note = await notes.load('departure');
  if (!note || note['boot'] !== (await bootId()) || !Array.isArray(note['done'])) return [];
  const done: readonly unknown[] = note['done'];
  return STEPS.filter((step) => done.includes(step));
}

interface HeldGroup {
  /** Known at the latest when everything else is done. */
  readonly action: Promise<LifecycleAction | undefined>;
  release(): void;
}

/** Keeps the group waiting while the steps run, and learns how long it will. */
function holdGroup(parts: LeavingParts, deadline: Deadline): HeldGroup {
  const startedAt = parts.clock.monotonic();
  const released = new AbortController();
  const signal = AbortSignal.any([released.signal, deadline.signal]);
  const find = async (): Promise<LifecycleAction | undefined> => {
    const transition = 'autoscaling:EC2_INSTANCE_TERMINATING';
    const action = await findAction(parts, transition, parts.terminationHook(), deadline.signal);
    if (!action) return undefined;
    const passedMs = parts.clock.monotonic() - startedAt;
    if (action.limits) deadline.shorten(Math.max(0, action.limits.globalMs - passedMs));
    void keepAlive(parts, action, signal);
    return action;
  };
  return { action: find(), release: () => released.abort() };
}

/** What leaving consists of, in this order: hooks still log, and a released address may have been the way to AWS. */
export const STEPS = ['hooks', 'drain', 'claims', 'lifecycle'] as const;
type Step = (typeof STEPS)[number];

/** Milliseconds kept for a step while those before it run. */
const KEPT_MS: Readonly<Record<Step, number>> = { hooks: 0, drain: 10_000, claims: 5000, lifecycle: 5000 };

/** Milliseconds a step may take however much time is left. */
const MOST_MS: Readonly<Record<Step, number>> = {
  hooks: Infinity,
  drain: 30_000,
  claims: 60_000,
  lifecycle: Infinity,
};

/** Milliseconds of `leftMs` that `step` may take: all but what the later ones need, and never less than half. */
export function timeFor(step: Step, leftMs: number): number {
  const later = STEPS.slice(STEPS.indexOf(step) + 1);
  const keptMs = later.reduce((sum, name) => sum + KEPT_MS[name], 0);
  const share = later.length === 0 ? leftMs : Math.max(leftMs / 2, leftMs - keptMs);
  return Math.max(0, Math.min(share, MOST_MS[step]));
}

import { createSerial } from '#kit/serial.ts';
import type { SignalsSection } from '../plan/plan.ts';
import { completeAction, findAction, type LifecycleParts } from './lifecycle-action.ts';
import type { Notes } from './notes.ts';
import { askPatiently } from './patient-call.ts';

export interface LaunchSignalsParts extends LifecycleParts {
  readonly notes: Notes;
  /** `autoscaling/target-lifecycle-state`, undefined outside of a group. */
  readonly targetState: (signal: AbortSignal) => Promise<string | undefined>;
  readonly record: (data: Readonly<Record<string, unknown>>) => void;
  readonly stop: AbortSignal;
}

/** Tells those who wait for this instance how its launch went. */
export interface LaunchSignals {
  /** After a generation was applied; every time is fine, they are told once. Resolves when all know, never rejects. */
  succeeded(signals: SignalsSection): Promise<void>;
  /** After the boot failed for good. */
  failed(signals: SignalsSection): Promise<void>;
}

/** How long after a launch Auto Scaling may take until it waits for us: applications can be faster than that. */
const NOT_YET_MS = 300_000;

/**
 * A stack resource is signalled once in the life of an instance. A launch hook runs at each way into a steady state: into
 * a warm pool, and again out of it into service, so it is completed once for each.
 */
export function createLaunchSignals(parts: LaunchSignalsParts): LaunchSignals {
  const serial = createSerial();
  const inTurn = (act: () => Promise<void>): Promise<void> =>
    serial.run(act).catch((error: unknown) => {
      if (!parts.stop.aborted) parts.logger.error('signalling the launch failed', { error: String(error) });
    });
  const tell = (signals: SignalsSection, success: boolean): Promise<void> => {
    // Beside each other: a hook that nobody waits in yet must not hold up the stack.
    return inTurn(async () => {
      await Promise.all([completeHook(parts, signals, success), signalStack(parts, signals, success)]);
    });
  };
  return {
    succeeded: (signals) => tell(signals, true),
    failed: (signals) => tell(signals, false),
  };
}

async function completeHook(
  parts: LaunchSignalsParts,
  { launchHook }: SignalsSection,
  success: boolean,
): Promise<void> {
  if (launchHook === undefined) return;
  const { stop, record } = parts;
  const target = (await parts.targetState(stop)) ?? 'unknown';
  const noted = await parts.notes.load('launch');
  if (noted?.['target'] === target) return;
  const result = success ? 'CONTINUE' : 'ABANDON';
  const transition = 'autoscaling:EC2_INSTANCE_LAUNCHING';
  const action = await findAction(parts, transition, launchHook, stop);
  const told = action !== undefined && (await completeAction(parts, action, result, stop, NOT_YET_MS));
  if (told) record({ phase: 'launch', told: 'autoscaling', hook: launchHook, result });
  if (told) await note(parts, { target });
}

async function signalStack(
  parts: LaunchSignalsParts,
  { cloudFormation }: SignalsSection,
  success: boolean,
): Promise<void> {
  if (cloudFormation === undefined) return;
  const { stop, record, logger, instanceId } = parts;
  const { stack, resource } = cloudFormation;
  const place = `${stack}/${resource}`;
  if ((await parts.notes.load('launch'))?.['stack'] === place) return;
  const Status = success ? 'SUCCESS' : 'FAILURE';
  const params = { StackName: stack, LogicalResourceId: resource, UniqueId: instanceId, Status };
  const call = { service: 'cloudformation', action: 'SignalResource', params } as const;
  const answered = await askPatiently(parts, call, stop);
  if (stop.aborted && answered.kind === 'unanswered') return;
  if (answered.kind === 'done') {
    record({ phase: 'launch', told: 'cloudformation', stack, resource, result: Status });
    logger.info('stack resource signalled', { stack, resource, result: Status });
  } else {
    logger.warn('the stack resource cannot be signalled', { stack, resource, why: answered.why });
  }
  // A stack that waits no longer, as at every later growth of a group, says so with a refusal: it needs no other.
  if (answered.kind !== 'unanswered') await note(parts, { stack: place });
}

async function note({ notes }: LaunchSignalsParts, told: Readonly<Record<string, string>>): Promise<void> {
  await notes.save('launch', { ...(await notes.load('launch')), ...told });
}

import type { Clock, Random } from '#kit/clock.ts';
import type { Closable } from '#kit/lifecycle.ts';
import type { Logger } from '#kit/logger.ts';
import type { AwsCalls } from '../aws/aws-calls.ts';
import type { Imds } from '../identity/imds.ts';
import type { SignalsSection } from '../plan/plan.ts';
import type { LaunchSignals } from './launch-signals.ts';
import type { Leaving, Work } from './leaving.ts';
import type { NoticeHooks, RunNoticeHooks } from './notice-hooks.ts';
import { TARGET_STATE_PATH, type Notice } from './notice.ts';
import type { Notes } from './notes.ts';
import { createTerminationWatch } from './termination-watch.ts';

export interface TerminationParts {
  readonly imds: Pick<Imds, 'read'>;
  readonly aws: AwsCalls;
  readonly instanceId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly record: (data: Readonly<Record<string, unknown>>) => void;
  readonly notes: Notes;
  readonly bootId: () => Promise<string>;
  /** `signals` of the plan in effect; undefined while there is none. */
  readonly signals: () => SignalsSection | undefined;
  /** The tag `aws:autoscaling:groupName` as last read. */
  readonly groupTag: () => string | undefined;
  readonly runShutdownHooks: Work;
  readonly runNoticeHooks: RunNoticeHooks;
  readonly drain: Work;
  readonly releaseClaims: Work;
  /** Out of a warm pool, into service again: what was let go is wanted back. */
  readonly returned: () => void;
}

/** The two ends of an instance's life: who waits for it hears that it came, and it goes in order. */
export interface Termination extends Closable {
  /** Begins to watch. */
  start(): void;
  notices(): readonly Notice[];
  /** What is in effect may be another plan than before: notices that wait for a hook get another chance. */
  tellNotices(): void;
  /** A generation is in effect; told once. Resolves when all know: nobody has to wait for it. */
  launched(): Promise<void>;
  /** The boot failed for good. @param signals of the plan that was refused, if it could be read. */
  launchFailed(signals: SignalsSection | undefined): Promise<void>;
  /** The machine goes down by itself (`isSystemStopping`): leaves within `withinMs`. */
  shutDown(withinMs: number): Promise<void>;
}

/** Only the watch is resident; the rest is loaded when there is something to do. */
export function createTermination(parts: TerminationParts): Termination {
  const { logger, imds } = parts;
  const stop = new AbortController();
  const shared = { ...parts, stop: stop.signal };
  let leaving: Promise<Leaving> | undefined;
  let launch: Promise<LaunchSignals> | undefined;
  let noticeHooks: Promise<NoticeHooks> | undefined;

  const leavingNow = (): Promise<Leaving> => {
    leaving ??= import('./leaving.ts').then(({ createLeaving }) =>
      createLeaving({ ...shared, terminationHook: () => parts.signals()?.terminationHook }),
    );
    return leaving;
  };
  const launchSignals = (): Promise<LaunchSignals> => {
    launch ??= import('./launch-signals.ts').then(({ createLaunchSignals }) =>
      createLaunchSignals({ ...shared, targetState }),
    );
    return launch;
  };
  const noticeHooksNow = (): Promise<NoticeHooks> => {
    noticeHooks ??= import('./notice-hooks.ts').then(({ createNoticeHooks }) =>
      createNoticeHooks({ ...shared, run: parts.runNoticeHooks }),
    );
    return noticeHooks;
  };
  const targetState = async (signal: AbortSignal): Promise<string | undefined> => {
    const answer = await imds.read(TARGET_STATE_PATH, signal);
    return answer.kind === 'ok' ? answer.value?.trim() : undefined;
  };
  const tell = async (signals: SignalsSection | undefined, success: boolean): Promise<void> => {
    if (signals?.launchHook === undefined && signals?.cloudFormation === undefined) return;
    const all = await launchSignals();
    await (success ? all.succeeded(signals) : all.failed(signals));
  };
  const watch = createTerminationWatch({
    ...parts,
    onLeave: (cause, withinMs) => void leavingNow().then((all) => all.leave(cause, withinMs)),
    onNote: (notice) => void noticeHooksNow().then((all) => all.heed(notice)),
    onReturn: () => {
      void leavingNow()
        .then((all) => all.stay())
        .then(parts.returned);
      void tell(parts.signals(), true);
    },
  });
  return {
    name: 'termination',
    start: () => watch.start(),
    notices: () => watch.notices(),
    tellNotices: () => void noticeHooks?.then((all) => all.retry()),
    launched: () => tell(parts.signals(), true),
    launchFailed: (signals) => tell(signals, false),
    async shutDown(withinMs) {
      logger.info('the machine goes down');
      await (await leavingNow()).leave({ source: 'shutdown', action: 'stop' }, withinMs);
    },
    async close() {
      stop.abort();
      await watch.close();
    },
  };
}

import type { EventLog, LayerContent } from '#config-service';
import { atMost } from '#kit/at-most.ts';
import type { Closable } from '#kit/lifecycle.ts';
import { ok } from '#kit/outcome.ts';
import { readBootId } from '../../identity/boot-id.ts';
import type { Plan, SignalsSection } from '../../plan/plan.ts';
import type { Notice } from '../../termination/notice.ts';
import { sealedNotes } from '../../termination/notes.ts';
import { isSystemStopping } from '../../termination/system-state.ts';
import { createTermination } from '../../termination/termination.ts';
import type { PeerWiring } from '../configuration/peer-wiring.ts';
import type { Configurator } from '../configuration/configurator.ts';
import type { BootContext } from '../boot/boot-context.ts';
import type { HostApplication } from './host-applier.ts';
import type { Host } from '../runtime/host.ts';
import type { LazyApplier } from './lazy-applier.ts';
import type { Pipelines } from '../telemetry/pipelines.ts';

export interface DepartureParts {
  readonly host: Host;
  readonly bootContext: Pick<BootContext, 'identity' | 'imds' | 'clients' | 'memory'>;
  readonly events: EventLog;
  readonly configurator: Configurator;
  readonly applier: LazyApplier;
  readonly pipelines: Pipelines;
  readonly peers: Pick<PeerWiring, 'leave' | 'stay'>;
  readonly readPlan: (layers: readonly LayerContent[]) => Plan;
}

/** How this instance is told to come and go, and how it goes. */
export interface TerminationWiring extends Closable {
  /** What was claimed is for the next instance by now: this one takes it no more. */
  hasLetGo(): boolean;
  /** What the metadata service announces now. */
  notices(): readonly Notice[];
  /** Begins to watch the metadata service. */
  watch(): void;
  /** After each check of the source: a plan may have a hook now for a notice that waits. */
  tellNotices(): void;
  /** A generation is in effect: whoever waits for the launch hears it, once. */
  launched(): Promise<void>;
  /** The boot failed for good. Resolves when it was told, or is not worth waiting for any longer. */
  launchFailed(): Promise<void>;
  /** To be called before the daemon is closed: does what leaving takes when the machine goes down, else nothing. */
  leaveIfGoing(): Promise<void>;
}

/** Time for shutdown hooks, out of the 90 s that systemd gives a unit to stop; the rest is for closing. */
const SHUTDOWN_MS = 75_000;
/** A boot that failed has to end sometime. */
const TELL_MS = 10_000;
/** For a plan that is not in effect yet, looked for so often. */
const PLAN_MS = 10_000;
const LOOK_MS = 100;

export function createDeparture(parts: DepartureParts): TerminationWiring {
  const { host, bootContext, events, configurator, applier, pipelines, readPlan, peers } = parts;
  const { clock, random, logger, env } = host;
  const { identity, imds, clients, memory } = bootContext;
  const signalsOf = (layers: readonly LayerContent[] | undefined): SignalsSection | undefined =>
    layers && readPlan(layers).signals;
  let hasLetGo = false;
  let planAwaited: Promise<void> | undefined;
  /** The notice may be there before the plan is, as after a restart of the agent: hooks and claims are in the plan. */
  const applied = async (signal: AbortSignal): Promise<HostApplication | undefined> => {
    await (planAwaited ??= awaitPlan(signal));
    return applier.application;
  };
  const awaitPlan = async (signal: AbortSignal): Promise<void> => {
    const end = clock.monotonic() + PLAN_MS;
    while (configurator.layers === undefined && clock.monotonic() < end && !signal.aborted)
      await clock.sleep(LOOK_MS, signal).catch(() => {});
  };
  const termination = createTermination({
    imds,
    aws: clients.aws,
    instanceId: identity.instanceId,
    clock,
    random,
    logger,
    record: (data) => events.record('termination', data),
    notes: sealedNotes(memory.records('termination'), logger),
    bootId: readBootId,
    signals: () => signalsOf(configurator.layers),
    groupTag: () => configurator.scope?.facts.tags.get('aws:autoscaling:groupName'),
    runShutdownHooks: async (deadlineMs, signal) => {
      // First of all: for as long as others take this instance for online, requests come.
      await peers.leave();
      return (await applied(signal))?.runShutdownHooks(deadlineMs, signal) ?? ok(undefined);
    },
    // Where no generation is in effect, or none has such a hook, they wait for one.
    runNoticeHooks: async (environment, signal) => applier.application?.runNoticeHooks(environment, signal),
    drain: async (deadlineMs) => ok(await pipelines.flush(deadlineMs)),
    releaseClaims: async (deadlineMs, signal) => {
      // Of hooks that an earlier run of the agent has run nothing is left to do, and this one has told others that it is here.
      await peers.leave();
      const released = await (await applied(signal))?.claims.release(deadlineMs, signal);
      // Not before: what a start takes up again has to be claimed to be let go.
      hasLetGo = true;
      return released ?? ok(undefined);
    },
    returned: () => {
      hasLetGo = false;
      peers.stay();
      // The same generation is applied again, claims with it.
      configurator.reconsider('all');
    },
  });
  return {
    name: 'termination',
    hasLetGo: () => hasLetGo,
    notices: () => termination.notices(),
    watch: () => termination.start(),
    tellNotices: () => termination.tellNotices(),
    launched: () => termination.launched(),
    async launchFailed() {
      const told = termination.launchFailed(signalsOf(configurator.layers ?? configurator.fetchedLayers));
      await atMost(clock, TELL_MS, told);
    },
    async leaveIfGoing() {
      if (await isSystemStopping(env['PATH'])) await termination.shutDown(SHUTDOWN_MS);
    },
    close: () => termination.close(),
  };
}

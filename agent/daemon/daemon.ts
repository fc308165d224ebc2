import { isoTime } from '#kit/iso-time.ts';
import { openRunFolder, type Document, type Generation } from '#config-service';
import { Lifecycle } from '#kit/lifecycle.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { ROLE_PATH } from '../aws/instance-credentials.ts';
import { TAGS_PATH } from '../identity/tags.ts';
import type { Settings } from '../settings/settings.ts';
import { createAgent } from './parts.ts';
import { BootWatch } from './boot/boot-watch.ts';
import type { ChangeCounts, Checked } from './configuration/configurator.ts';
import {
  awaitIdentity,
  openBootContext,
  openImds,
  takeStateFolder,
  type BootContext,
} from './boot/boot-context.ts';
import type { Host } from './runtime/host.ts';
import { openApi } from './local-api.ts';

export interface DaemonOptions {
  readonly settings: Settings;
  readonly host: Host;
  /** `bootstrap` has no API and ends after the first accepted generation. */
  readonly mode: 'run' | 'bootstrap';
  /** Stops a boot under way. */
  readonly stop: AbortSignal;
  /** Told the outcome of every check. */
  readonly onCheck?: (outcome: Outcome<Checked>) => void;
}

export interface Daemon {
  /** The first accepted generation, or why there is none; never rejects. */
  readonly booted: Promise<Outcome<Generation>>;
  status(): Document;
  refresh(): Promise<Outcome<Checked>>;
  changes(): ChangeCounts;
  /** Before `close`: runs shutdown hooks and what else leaving takes, when the machine goes down and not only this daemon. */
  leaveIfGoing(): Promise<void>;
  /** Stops the parts in reverse order, all of them within `deadlineMs`. */
  close(deadlineMs: number): Promise<void>;
}

const BOOTSTRAP_PATIENCE_MS = 120_000;

/**
 * Boot in order: folders and lock beside the identity, fence, clients, then first check beside the API. A failure before
 * the API listens ends the boot here, with everything closed again; from then on the poller tries and `booted` tells.
 */
export async function startDaemon(options: DaemonOptions): Promise<Outcome<Daemon>> {
  const lifecycle = new Lifecycle(options.host.clock, options.host.logger);
  const daemon = await boot(options, lifecycle);
  if (daemon.kind !== 'ok') await lifecycle.close(1000);
  return daemon;
}

async function boot(options: DaemonOptions, lifecycle: Lifecycle): Promise<Outcome<Daemon>> {
  const { settings, host, mode, stop } = options;
  const patienceMs = settings.bootTimeoutMs ?? (mode === 'bootstrap' ? BOOTSTRAP_PATIENCE_MS : undefined);
  const givesUpAt = patienceMs === undefined ? undefined : host.clock.now() + patienceMs;
  if (givesUpAt !== undefined) host.logger.info('booting', { givesUpAt: isoTime(givesUpAt) });
  const watch = new BootWatch(mode === 'bootstrap');
  const impatience = new AbortController();
  lifecycle.add({ name: 'boot', close: async () => impatience.abort() });
  const deadline = watch.expireAfter(patienceMs, host.clock, impatience.signal);

  const bootContext = await findBootContext(options, lifecycle, AbortSignal.any([stop, deadline]));
  if (bootContext.kind !== 'ok') return bootContext;
  const agent = await host.boot.during('state', () =>
    createAgent(
      settings,
      host,
      bootContext.value,
      (outcome, ring) => {
        watch.note(outcome, ring.active);
        options.onCheck?.(outcome);
      },
      { ships: mode === 'run', givesUpAt },
    ),
  );
  watch.extendWhile(agent.isApplying);
  agent.expiry.arm();
  agent.poller.start(0);
  if (mode === 'run') agent.departure.watch();
  const api =
    mode === 'run'
      ? await host.boot.during('api', () => openApi(agent.backend, settings, host))
      : ok(undefined);
  // The API stops after the poller, so that nobody waits for a refresh that will not come.
  if (api.kind === 'ok' && api.value) lifecycle.add(api.value);
  lifecycle.add(agent.health);
  for (const other of agent.others) lifecycle.add(other);
  lifecycle.add(agent.expiry);
  lifecycle.add(agent.poller);
  if (api.kind !== 'ok') return api;
  return ok({
    booted: watch.outcome.then(async (outcome) => {
      if (outcome.kind !== 'ok') await agent.departure.launchFailed();
      // A daemon tells it beside everything else; here nobody is left to do it.
      else if (mode === 'bootstrap') await agent.departure.launched();
      return outcome;
    }),
    leaveIfGoing: () => agent.departure.leaveIfGoing(),
    status: () => agent.reports.status(),
    refresh: () => agent.refresh(),
    changes: agent.changes,
    close: (deadlineMs) => lifecycle.close(deadlineMs),
  });
}

async function findBootContext(
  { settings, host }: DaemonOptions,
  lifecycle: Lifecycle,
  signal: AbortSignal,
): Promise<Outcome<BootContext>> {
  const runFolder = await openRunFolder(settings.runDir, host.uid);
  if (runFolder.kind !== 'ok') return runFolder;
  const imds = openImds(host);
  if (imds.kind !== 'ok') return imds;
  lifecycle.add({ name: 'metadata client', close: async () => imds.value.close() });
  imds.value.readAhead(settings.credentials === 'instance' ? [TAGS_PATH, ROLE_PATH] : [TAGS_PATH]);
  // Side by side: IMDS takes as long to answer as the disk does.
  const nobody = new AbortController();
  const reading = host.boot.during('metadata', () =>
    awaitIdentity(imds.value, settings, host, AbortSignal.any([signal, nobody.signal])),
  );
  const state = await takeStateFolder(settings, host);
  if (state.kind !== 'ok') nobody.abort();
  const identity = await reading;
  if (state.kind !== 'ok') return state;
  lifecycle.add(state.value.lock);
  if (identity.kind !== 'ok') return identity;
  for (const warning of identity.value.warnings) host.logger.warn(warning);
  const bootContext = await openBootContext(identity.value, imds.value, state.value.folder, settings, host);
  if (bootContext.kind === 'ok') {
    lifecycle.add({ name: 'AWS clients', close: async () => bootContext.value.clients.close() });
  }
  return bootContext;
}

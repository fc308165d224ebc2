import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Generation } from '#config-service';
import { ok, type Outcome } from '#kit/outcome.ts';
import { readIdentity } from '../../identity/identity.ts';
import type { Imds } from '../../identity/imds.ts';
import type { Settings } from '../../settings/settings.ts';
import { NOT_FENCED } from '../boot/boot-fence.ts';
import { Activity } from '../runtime/activity.ts';
import type { Previewed } from './application.ts';
import { openImds } from '../boot/boot-context.ts';
import type { Host } from '../runtime/host.ts';
import { createHostApplication } from './host-applier.ts';
import {
  memoryToLookAt,
  withNextGeneration,
  type LookingContext,
  type NextGeneration,
} from '../configuration/next-generation.ts';
import { openRegion } from '../boot/region-access.ts';

/** What the next application would come to. */
export interface DryRun extends Previewed {
  readonly generation: Generation;
}

/**
 * Reads the source as a boot would, judges it, and says what applying it would change on this host. Changes nothing, takes
 * no lock and purges nothing, so that it may run beside the daemon.
 * @throws the reason of `signal` when it aborts.
 */
export async function dryRun(settings: Settings, host: Host, signal: AbortSignal): Promise<Outcome<DryRun>> {
  const imds = openImds(host);
  if (imds.kind !== 'ok') return imds;
  // Previews make room for themselves in the run folder, which is the daemon's.
  const runDir = await mkdtemp(join(tmpdir(), 'landfall-plan-'));
  try {
    const bootContext = await readBootContext(imds.value, settings, host, signal);
    if (bootContext.kind !== 'ok') return bootContext;
    try {
      const own = { ...settings, runDir };
      return await withNextGeneration(bootContext.value, own, host, signal, (next) =>
        preview(next, bootContext.value, own, host, signal),
      );
    } finally {
      bootContext.value.clients.close();
    }
  } finally {
    imds.value.close();
    await rm(runDir, { recursive: true, force: true });
  }
}

async function readBootContext(
  imds: Imds,
  settings: Settings,
  host: Host,
  signal: AbortSignal,
): Promise<Outcome<LookingContext>> {
  const identity = await readIdentity(imds, signal, settings.identityCertificates);
  if (identity.kind !== 'ok') return identity;
  const clients = await openRegion(identity.value, imds, settings, host);
  if (clients.kind !== 'ok') return clients;
  const memory = await memoryToLookAt(identity.value, settings, host);
  return ok({ identity: identity.value, imds, clients: clients.value, memory });
}

async function preview(
  { generation, fetched, address, plansOf, addresses, secretTexts }: NextGeneration,
  bootContext: LookingContext,
  settings: Settings,
  host: Host,
  signal: AbortSignal,
): Promise<Outcome<DryRun>> {
  const application = createHostApplication({
    settings,
    host,
    activity: new Activity(host),
    bootContext: { ...bootContext, fenced: NOT_FENCED },
    guard: { mode: settings.guard, strictness: settings.strictness, addresses },
    readPlan: (all) => plansOf(all).plan,
    secretTexts,
    onOutput: () => {},
    hasLetGo: () => false,
    fenceMounted: async () => undefined,
    home: () => address,
  });
  const { layers, objects } = fetched;
  const changes = await application.preview(
    { next: generation, before: undefined, layers, ...(objects ? { objects } : {}) },
    signal,
  );
  return changes.kind === 'ok' ? ok({ generation, ...changes.value }) : changes;
}

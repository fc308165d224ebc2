import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildGeneration,
  DEFAULT_LAYER_ORDER,
  deriveSealKey,
  findStateFolder,
  selectLayers,
  stampOf,
  type Fetched,
  type Generation,
  type LookUpExternal,
} from '#config-service';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { readIdentity } from '../identity/identity.ts';
import type { Imds } from '../identity/imds.ts';
import { createPlanMemory } from '../plan/plan-memory.ts';
import { createSecrets } from '../secrets/secrets.ts';
import type { Settings } from '../settings/settings.ts';
import { NOT_FENCED } from './boot-fence.ts';
import { openSequences } from './followed-sequences.ts';
import { Activity } from './activity.ts';
import type { Previewed } from './application.ts';
import { createAddressBook } from './address-book.ts';
import { createFetchTable } from './address-table.ts';
import { openImds, type Grounds } from './grounds.ts';
import type { Host } from './host.ts';
import { createHostApplication } from './host-applier.ts';
import { createMemory } from './memory.ts';
import { createCaches } from './caches.ts';
import { createReading } from './reading.ts';
import { openRegion } from './region-access.ts';
import type { OpenedSource } from './scope.ts';

/** What the next application would come to. */
export interface Rehearsal extends Previewed {
  readonly generation: Generation;
}

/**
 * Reads the source as a boot would, judges it, and says what applying it would change on this host. Changes nothing, takes
 * no lock and purges nothing, so that it may run beside the daemon.
 * @throws the reason of `signal` when it aborts.
 */
export async function rehearse(
  settings: Settings,
  host: Host,
  signal: AbortSignal,
): Promise<Outcome<Rehearsal>> {
  const imds = openImds(host);
  if (imds.kind !== 'ok') return imds;
  // Previews make room for themselves in the run folder, which is the daemon's.
  const runDir = await mkdtemp(join(tmpdir(), 'landfall-plan-'));
  try {
    const grounds = await readGrounds(imds.value, settings, host, signal);
    if (grounds.kind !== 'ok') return grounds;
    try {
      return await rehearseOn(grounds.value, { ...settings, runDir }, host, signal);
    } finally {
      grounds.value.clients.close();
    }
  } finally {
    imds.value.close();
    await rm(runDir, { recursive: true, force: true });
  }
}

type ReadGrounds = Omit<Grounds, 'fenced'>;

async function readGrounds(
  imds: Imds,
  settings: Settings,
  host: Host,
  signal: AbortSignal,
): Promise<Outcome<ReadGrounds>> {
  const identity = await readIdentity(imds, signal, settings.identityCertificates);
  if (identity.kind !== 'ok') return identity;
  const clients = await openRegion(identity.value, imds, settings, host);
  if (clients.kind !== 'ok') return clients;
  const found = await findStateFolder(settings.stateDir, host.uid);
  const folder = found.kind === 'ok' && found.value !== undefined ? ok(found.value) : fail(NO_STATE);
  const here = stampOf(identity.value);
  const key = deriveSealKey(identity.value.signature, here);
  const { uid, clock, logger } = host;
  const memory = createMemory({ folder, here, key, uid, clock, logger });
  return ok({ identity: identity.value, imds, clients: clients.value, memory });
}

async function rehearseOn(
  grounds: ReadGrounds,
  settings: Settings,
  host: Host,
  signal: AbortSignal,
): Promise<Outcome<Rehearsal>> {
  const { identity, clients, memory } = grounds;
  const caches = createCaches();
  const plansOf = createPlanMemory(caches.plans);
  const refused = await memory.loadRefusedCandidates();
  const sequences = await openSequences(settings, memory, host.logger, false);
  const source: { opened?: OpenedSource } = {};
  const addresses = createAddressBook({
    ...host,
    fetch: createFetchTable(settings.ipRanges, settings.trustedKeys.length === 0, () => source.opened),
    onChange: () => {},
  });
  const { facts, openSource, policy } = createReading({
    settings,
    host,
    grounds,
    addresses,
    seenRelease: (await memory.load())?.fetched.layout === 'release',
    sequences,
    avoid: () => new Set(refused.map(({ digest }) => digest)),
    readPolicy: (layers) => plansOf(layers).policy,
    caches,
  });
  const known = await facts.read(signal);
  if (known.kind !== 'ok') return known;
  const opened = openSource(known.value);
  if (opened.kind !== 'ok') return opened;
  source.opened = opened.value;
  const order = settings.layers.length > 0 ? settings.layers : DEFAULT_LAYER_ORDER;
  const { selected, skipped } = selectLayers(order, known.value);
  const fetched = await opened.value.source.fetch({ layers: selected, previous: undefined, signal });
  if (fetched.kind !== 'ok') return fetched;
  const overrides = await memory.loadOverrides();
  const { clock, random, logger } = host;
  const secrets = createSecrets({
    aws: clients.aws,
    pin: identity,
    cache: undefined,
    clock,
    random,
    logger,
    refreshMs: 300_000,
    onChange: () => {},
  });
  try {
    const build = (external: LookUpExternal) => {
      const candidate = { number: 1, fetched: fetched.value, facts: known.value, skipped, overrides };
      return addresses.note(
        buildGeneration({ ...candidate, external, activatedAt: clock.now() }, policy, undefined),
      );
    };
    const built = await addresses.settle(() => secrets.settle(build, signal), signal);
    if (built.kind !== 'ok') return built;
    if (built.value.kind === 'refused') return fail(built.value.fault);
    const next = built.value.generation;
    return await previewed(next, fetched.value, { ...grounds, fenced: NOT_FENCED }, signal);
  } finally {
    await secrets.close();
  }

  async function previewed(
    next: Generation,
    { layers, objects }: Fetched,
    whole: Grounds,
    abort: AbortSignal,
  ): Promise<Outcome<Rehearsal>> {
    const application = createHostApplication({
      settings,
      host,
      activity: new Activity(host),
      grounds: whole,
      guard: { mode: settings.guard, strictness: settings.strictness, addresses },
      readPlan: (all) => plansOf(all).plan,
      secretTexts: () => secrets.texts(),
      onOutput: () => {},
      hasLetGo: () => false,
      fenceMounted: async () => undefined,
      home: () => (opened.kind === 'ok' ? opened.value.address : ''),
    });
    const changes = await application.preview(
      { next, before: undefined, layers, ...(objects ? { objects } : {}) },
      abort,
    );
    return changes.kind === 'ok' ? ok({ generation: next, ...changes.value }) : changes;
  }
}

const NO_STATE = {
  code: 'LF_STATE_DIR',
  operation: 'read',
  subject: 'the state folder',
  cause: 'there is none yet',
  hint: 'A first boot makes it.',
} as const;

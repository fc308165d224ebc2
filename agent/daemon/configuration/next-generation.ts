import {
  buildGeneration,
  DEFAULT_LAYER_ORDER,
  deriveSealKey,
  findStateFolder,
  selectLayers,
  stampOf,
  type Fetched,
  type Generation,
  type LayerContent,
  type LookUpExternal,
} from '#config-service';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { Identity } from '../../identity/identity.ts';
import { createPlanCache, type PlanOfLayers } from '../../plan/plan-cache.ts';
import { createSecrets } from '../../secrets/secrets.ts';
import type { Settings } from '../../settings/settings.ts';
import { openSequences } from './followed-sequences.ts';
import { createAddressBook, type AddressBook } from './address-book.ts';
import { createFetchTable } from './address-table.ts';
import type { BootContext } from '../boot/boot-context.ts';
import type { Host } from '../runtime/host.ts';
import { createStateStore } from '../runtime/state-store.ts';
import { createCaches } from './caches.ts';
import { createReading } from './config-inputs.ts';
import type { StoreSet } from './store-set.ts';
import { openStores } from './stores.ts';
import type { OpenedSource } from './scope.ts';

/** What a look beside the daemon stands on: nothing was fenced. */
export type LookingContext = Omit<BootContext, 'fenced'>;

/** The generation that a boot of now would begin with, before its plan is applied. */
export interface NextGeneration {
  readonly generation: Generation;
  readonly fetched: Fetched;
  /** Where it was fetched from. */
  readonly address: string;
  readonly plansOf: (layers: readonly LayerContent[]) => PlanOfLayers;
  readonly addresses: AddressBook;
  /** Texts of the secrets that were read for the generation. */
  readonly secretTexts: () => readonly string[];
}

/**
 * Reads the source as a boot would and judges what comes of it, secrets included. Changes nothing, takes no lock and purges
 * nothing, so that it may run beside the daemon.
 * @param use what is made of it, while its secrets are at hand.
 * @throws the reason of `signal` when it aborts.
 */
export async function withNextGeneration<T>(
  bootContext: LookingContext,
  settings: Settings,
  host: Host,
  signal: AbortSignal,
  use: (next: NextGeneration) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const order = settings.layers.length > 0 ? settings.layers : DEFAULT_LAYER_ORDER;
  const stores = await openStores(order, { settings, host, bootContext });
  try {
    return await readNext({ bootContext, settings, host, order, stores }, signal, use);
  } finally {
    await stores?.close();
  }
}

interface NextParts {
  readonly bootContext: LookingContext;
  readonly settings: Settings;
  readonly host: Host;
  readonly order: readonly string[];
  readonly stores: StoreSet | undefined;
}

async function readNext<T>(
  { bootContext, settings, host, order, stores }: NextParts,
  signal: AbortSignal,
  use: (next: NextGeneration) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const { identity, clients, memory } = bootContext;
  const caches = createCaches();
  const plansOf = createPlanCache(caches.plans);
  const refused = await memory.loadRefusedCandidates();
  const sequences = await openSequences(settings, memory, host.logger, false);
  const source: { opened?: OpenedSource } = {};
  const addresses = createAddressBook({
    ...host,
    fetch: createFetchTable(settings.ipRanges, settings.trustedKeys, () => source.opened),
    onChange: () => {},
  });
  const { facts, namedFacts, openSource, policy } = createReading({
    settings,
    host,
    bootContext,
    addresses,
    seenRelease: (await memory.load())?.fetched.layout === 'release',
    sequences,
    stores,
    avoid: () => new Set(refused.map(({ digest }) => digest)),
    readPolicy: (layers) => plansOf(layers).policy,
    caches,
  });
  const known = await facts.read(signal);
  if (known.kind !== 'ok') return known;
  const opened = openSource(known.value);
  if (opened.kind !== 'ok') return opened;
  source.opened = opened.value;
  const { selected, skipped } = selectLayers(order, known.value);
  const fetched = await opened.value.source.fetch({ layers: selected, previous: undefined, signal });
  if (fetched.kind !== 'ok') return fetched;
  const named = await namedFacts.name(known.value, fetched.value.layers, signal);
  if (named.kind !== 'ok') return named;
  const section = plansOf(fetched.value.layers).plan.peers;
  const place = section && { section, facts: known.value, opened: opened.value };
  // Loaded when wanted: most plans ask for no peers.
  const peers = place && (await (await import('./peers.ts')).readPeersOnce(identity, place, signal));
  if (peers && peers.kind !== 'ok') return peers;
  const here = peers ? { ...named.value.facts, peers: peers.value } : named.value.facts;
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
      const candidate = { number: 1, fetched: fetched.value, facts: here, skipped, overrides };
      return addresses.note(
        buildGeneration({ ...candidate, external, activatedAt: clock.now() }, policy, undefined),
      );
    };
    const built = await addresses.settle(() => secrets.settle(build, signal), signal);
    if (built.kind !== 'ok') return built;
    if (built.value.kind === 'refused') return fail(built.value.fault);
    return await use({
      generation: built.value.generation,
      fetched: fetched.value,
      address: opened.value.address,
      plansOf,
      addresses,
      secretTexts: () => secrets.texts(),
    });
  } finally {
    await secrets.close();
  }
}

/** What earlier boots of this instance left, to be read alone. */
export async function memoryToLookAt(
  identity: Identity,
  { stateDir }: Settings,
  { uid, clock, logger }: Host,
): Promise<LookingContext['memory']> {
  const found = await findStateFolder(stateDir, uid);
  const folder = found.kind === 'ok' && found.value !== undefined ? ok(found.value) : fail(NO_STATE);
  const here = stampOf(identity);
  const key = deriveSealKey(identity.signature, here);
  return createStateStore({ folder, here, key, uid, clock, logger });
}

const NO_STATE = {
  code: 'LF_STATE_DIR',
  operation: 'read',
  subject: 'the state folder',
  cause: 'there is none yet',
  hint: 'A first boot makes it.',
} as const;

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
import type { Identity } from '../identity/identity.ts';
import { createPlanMemory, type PlanOfLayers } from '../plan/plan-memory.ts';
import { createSecrets } from '../secrets/secrets.ts';
import type { Settings } from '../settings/settings.ts';
import { openSequences } from './followed-sequences.ts';
import { createAddressBook, type AddressBook } from './address-book.ts';
import { createFetchTable } from './address-table.ts';
import type { Grounds } from './grounds.ts';
import type { Host } from './host.ts';
import { createMemory } from './memory.ts';
import { createCaches } from './caches.ts';
import { createReading } from './reading.ts';
import type { OpenedSource } from './scope.ts';

/** What a look beside the daemon stands on: nothing was fenced. */
export type LookingGrounds = Omit<Grounds, 'fenced'>;

/** The generation that a boot of now would begin with, before its plan is applied. */
export interface NextGeneration {
  readonly generation: Generation;
  readonly fetched: Fetched;
  /** Where it was fetched from. */
  readonly address: string;
  readonly plansOf: (layers: readonly LayerContent[]) => PlanOfLayers;
  readonly addresses: AddressBook;
  /** Of the secrets that were read for it. */
  readonly secretTexts: () => readonly string[];
}

/**
 * Reads the source as a boot would and judges what comes of it, secrets included. Changes nothing, takes no lock and purges
 * nothing, so that it may run beside the daemon.
 * @param use what is made of it, while its secrets are at hand.
 * @throws the reason of `signal` when it aborts.
 */
export async function withNextGeneration<T>(
  grounds: LookingGrounds,
  settings: Settings,
  host: Host,
  signal: AbortSignal,
  use: (next: NextGeneration) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
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
): Promise<LookingGrounds['memory']> {
  const found = await findStateFolder(stateDir, uid);
  const folder = found.kind === 'ok' && found.value !== undefined ? ok(found.value) : fail(NO_STATE);
  const here = stampOf(identity);
  const key = deriveSealKey(identity.signature, here);
  return createMemory({ folder, here, key, uid, clock, logger });
}

const NO_STATE = {
  code: 'LF_STATE_DIR',
  operation: 'read',
  subject: 'the state folder',
  cause: 'there is none yet',
  hint: 'A first boot makes it.',
} as const;

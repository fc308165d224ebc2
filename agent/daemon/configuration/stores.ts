import { isStoreLayer, type EventLog } from '#config-service';
import type { Host } from '../runtime/host.ts';
import type { BootContext } from '../boot/boot-context.ts';
import type { Settings } from '../../settings/settings.ts';
import { phaseOf } from '../runtime/schedule.ts';
import type { StoreSet, StoreSetParts } from './store-set.ts';

export interface StoresParts extends Pick<StoreSetParts, 'during'> {
  readonly settings: Pick<Settings, 'storeIntervalMs'>;
  readonly host: Pick<Host, 'clock' | 'random' | 'logger'>;
  readonly bootContext: Pick<BootContext, 'clients' | 'identity' | 'memory'>;
  readonly events?: EventLog;
  readonly onSecretsMoved?: StoreSetParts['onSecretsMoved'];
}

/** The stores that an order names; undefined, and nothing loaded, where it names none. */
export async function openStores(
  order: readonly string[],
  { settings, host, bootContext, events, onSecretsMoved, during }: StoresParts,
): Promise<StoreSet | undefined> {
  if (!order.some(isStoreLayer)) return undefined;
  // Loaded when wanted: most instances have no other store than S3.
  const { createStoreSet } = await import('./store-set.ts');
  const { clients, identity, memory } = bootContext;
  const { clock, random, logger } = host;
  return createStoreSet({
    aws: clients.aws,
    privateHost: (url) => clients.privateHost(url),
    pin: identity,
    clock,
    random,
    logger,
    intervalMs: settings.storeIntervalMs,
    phaseMs: phaseOf(identity.instanceId, settings.storeIntervalMs),
    recall: async () => (await memory.load())?.fetched.layers ?? [],
    onSecretsMoved: onSecretsMoved ?? (async () => {}),
    ...(events && { events }),
    ...(during && { during }),
  });
}

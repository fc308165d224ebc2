import type { Facts, LayerContent, Peer } from '#config-service';
import type { Closable } from '#kit/lifecycle.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import type { Plan } from '../../plan/plan.ts';
import type { BootContext } from '../boot/boot-context.ts';
import type { Host } from '../runtime/host.ts';
import type { Peers, PeersDocument } from './peers.ts';
import type { OpenedSource, Scope } from './scope.ts';

export interface PeerWiringParts {
  readonly host: Pick<Host, 'clock' | 'random' | 'logger'>;
  readonly bootContext: Pick<BootContext, 'identity' | 'memory'>;
  readonly planOf: (layers: readonly LayerContent[]) => Plan;
  /** Whether this process stays: one that does not tells nobody that it is there. */
  readonly lives: boolean;
  readonly onChange: () => void;
}

/** Peers where a plan asks for them, and nothing loaded where none does. */
export interface PeerWiring extends Closable, Pick<Peers, 'leave' | 'stay'> {
  /** Ok with undefined: the plan does not ask. */
  of(
    facts: Facts,
    layers: readonly LayerContent[],
    opened: OpenedSource,
  ): Promise<Outcome<readonly Peer[] | undefined>>;
  /** @param scope undefined while the instance is not ready. */
  announce(scope: Scope | undefined, layers: readonly LayerContent[] | undefined): void;
  /** `peers` of the status; null where no plan asks for peers. */
  document(): PeersDocument | null;
  readonly online: number | undefined;
}

export function createPeerWiring({
  host,
  bootContext,
  planOf,
  lives,
  onChange,
}: PeerWiringParts): PeerWiring {
  const { identity, memory } = bootContext;
  const { instanceId, region } = identity;
  let peers: Peers | undefined;
  const open = async (): Promise<Peers> => {
    const { createPeers } = await import('./peers.ts');
    peers ??= createPeers({ host, instanceId, region, records: memory.records('peers'), onChange });
    return peers;
  };
  return {
    name: 'peers',
    async of(facts, layers, opened) {
      const section = planOf(layers).peers;
      return section ? (await open()).of({ section, facts, opened }) : ok(undefined);
    },
    announce(scope, layers) {
      const section = layers && planOf(layers).peers;
      if (layers && !section && peers) {
        const old = peers;
        peers = undefined;
        void old.leave().then(() => old.close());
      }
      if (lives) peers?.announce(scope && section ? { section, ...scope } : undefined);
    },
    leave: async () => peers?.leave(),
    stay: () => peers?.stay(),
    document: () => peers?.document() ?? null,
    get online() {
      return peers?.online;
    },
    close: async () => peers?.close(),
  };
}

import type { Fault } from '#kit/errors.ts';
import { opposite, type Holdings, type Side } from './holdings.ts';
import { describeMove } from './moving.ts';
import { nextMoves, type Move, type Origin } from './next-moves.ts';

export interface Course {
  /** Each as it would be asked of EC2. */
  readonly steps: readonly string[];
  /** Why it would not come to its end. */
  readonly fault: Fault | undefined;
}

/** All that is due to bring everything to one side, in its order: each step on holdings as the ones before would leave them. */
export function courseTo(goal: Side, holdings: Holdings, origin: Origin): Course {
  const steps: string[] = [];
  let now = settled(holdings, holdings[opposite(goal)]?.id);
  for (;;) {
    const { moves, astray: fault } = nextMoves(now, goal, origin);
    if (moves.length === 0) return { steps, fault };
    steps.push(...moves.map(describeMove));
    now = moves.reduce(after, now);
  }
}

/** What is on its way is there. */
function settled(holdings: Holdings, leaving: string | undefined): Holdings {
  const volumes = holdings.volumes.map((volume) => {
    const stays = volume.attachments.filter(
      ({ state, instance }) => !(state === 'detaching' && instance === leaving),
    );
    const attachments = stays.map((at) => ({ ...at, state: 'attached' }));
    return { ...volume, attachments, state: attachments.length === 0 ? 'available' : 'in-use' };
  });
  return { ...holdings, volumes };
}

function after(holdings: Holdings, move: Move): Holdings {
  if (move.kind === 'associate') {
    const { allocation, instance, place } = move;
    const addresses = holdings.addresses.map((address) =>
      address.allocation === allocation ? { ...address, instance, place } : address,
    );
    return { ...holdings, addresses };
  }
  const volumes = holdings.volumes.map((volume) => {
    if (volume.id !== move.volume) return volume;
    if (move.kind === 'detach') return { ...volume, state: 'available', attachments: [] };
    const { instance, device } = move;
    return { ...volume, state: 'in-use', attachments: [{ instance, device, state: 'attached' }] };
  });
  return { ...holdings, volumes };
}

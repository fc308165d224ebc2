import { chooseRelease, turnAt, type Health, type Pointer } from '#config-service';
import { epochMsOf } from '#kit/iso-time.ts';

/**
 * How an instance does by its own reports. `runs`: the release that the pointer means for it; `refuses`: it tried that in vain, and
 * runs what it ran before; `behind`: its last word is of another release, though its turn has come.
 */
export type MemberState = 'runs' | 'refuses' | 'behind';

export const MEMBER_STATES: readonly MemberState[] = ['runs', 'refuses', 'behind'];

export interface Member extends Pick<
  Health,
  'instanceId' | 'role' | 'environment' | 'zone' | 'relocated' | 'at'
> {
  readonly region: string;
  readonly state: MemberState;
  /** The release that it took up last; null when it took up none of those that were looked at. */
  readonly release: string | null;
  /** The release that the pointer means for it. */
  readonly meant: string;
  /** Epoch ms since which it is meant. */
  readonly meantSince: number;
  /** Why it refuses. */
  readonly code: string | null;
}

/**
 * The instances of one region that reported on any of the releases looked at, by name.
 * @param now epoch ms: it tells which step of a rollout has come.
 */
export function membersOf(
  region: string,
  pointer: Pointer,
  reports: readonly Health[],
  now: number,
): readonly Member[] {
  return [...Map.groupBy(reports, ({ instanceId }) => instanceId)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([instanceId, unordered]) => {
      const said = unordered.toSorted((a, b) => epochMsOf(a.at) - epochMsOf(b.at));
      const last = said.at(-1);
      if (!last) return [];
      const meant = chooseRelease(pointer, { instanceId, now, avoid: new Set() }).release.id;
      const word = said.findLast(({ release }) => release === meant);
      const taken = said.findLast(({ ok }) => ok);
      const { role, environment, zone, relocated } = last;
      return [
        {
          instanceId,
          region,
          role,
          environment,
          zone,
          relocated,
          state: stateOf(word, taken),
          release: taken?.release ?? null,
          meant,
          meantSince: sinceWhen(pointer, meant, instanceId),
          code: word?.code ?? null,
          at: (word ?? last).at,
        },
      ];
    });
}

/** @param word its last one on the release that is meant. @param taken its last one on a release that it took up. */
function stateOf(word: Health | undefined, taken: Health | undefined): MemberState {
  if (word === undefined) return 'behind';
  if (!word.ok) return 'refuses';
  return taken?.release === word.release ? 'runs' : 'behind';
}

function sinceWhen({ stable, candidate, trail }: Pointer, release: string, instanceId: string): number {
  if (candidate?.release.id === release)
    return turnAt(candidate, instanceId) ?? epochMsOf(candidate.startedAt);
  const [replaced] = trail?.past ?? [];
  return epochMsOf(replaced?.at ?? stable.createdAt);
}

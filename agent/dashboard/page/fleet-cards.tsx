import type { Peers, Rollout } from './documents.ts';
import { At, Card, Facts, Problem, Shown } from './shown.tsx';

/** Which release this instance follows, and how far the rollout of the next one is. */
export function FleetCard({
  rollout,
  isReleased,
}: {
  readonly rollout: Rollout;
  readonly isReleased: boolean;
}) {
  const { track, stable, candidate, refused } = rollout;
  if (track === null && candidate === null && !isReleased)
    return (
      <Card title="Rollout" says="none">
        <p class="hint">The source is a tree of folders: there are no releases to roll out.</p>
      </Card>
    );
  const tone = candidate?.halted ? 'bad' : refused.length > 0 ? 'warn' : 'good';
  const says = candidate === null ? 'no rollout' : candidate.halted ? 'halted' : `${candidate.percent} %`;
  return (
    <Card title="Rollout" tone={tone} says={says}>
      <Facts
        facts={[
          ['follows', track ?? 'nothing yet'],
          ['stable', <Shown text={stable ?? 'none'} />],
          ...(candidate === null
            ? []
            : ([
                ['candidate', <Shown text={candidate.release} />],
                ['since', <At at={candidate.startedAt} />],
              ] as const)),
        ]}
      />
      {candidate && (
        <div
          class="share rollout"
          role="img"
          aria-label={`${candidate.percent} percent of the instances take the candidate`}
        >
          <span style={{ width: `${candidate.percent}%` }} />
        </div>
      )}
      {candidate?.halted && (
        <p class="problem">
          Halted at <At at={candidate.halted.at} />: <Shown text={candidate.halted.reason} most={400} />
        </p>
      )}
      {refused.length > 0 && (
        <ul class="findings bad">
          {refused.map(({ release, code, at }) => (
            <li key={release}>
              <Shown text={release} /> was tried here in vain at <At at={at} />: <code>{code}</code>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

export function PeersCard({ peers }: { readonly peers: Peers }) {
  const { role, environment, state, online, members, gone, announced, failure } = peers;
  return (
    <Card
      title="Peers"
      tone={failure ? 'warn' : 'good'}
      says={online === null ? 'unknown' : `${online} online`}
      wide
    >
      <Facts
        facts={[
          ['of role', <Shown text={role ?? 'none'} />],
          ['environment', <Shown text={environment ?? 'none'} />],
          ['state', state],
          ['this instance', announced ? 'is told of' : 'is not told of'],
        ]}
      />
      {failure && <Problem {...failure} />}
      <ul class="findings good columns">
        {members.slice(0, MOST).map(({ id, zone, address }) => (
          <li key={id}>
            <Shown text={id} />{' '}
            <span class="beside">
              <Shown text={`${address} in ${zone}`} />
            </span>
          </li>
        ))}
        {gone.map(({ id, zone, address, at, how }) => (
          <li key={id} class={how === 'left' ? 'left' : 'warn'}>
            <Shown text={id} />{' '}
            <span class="beside">
              <Shown text={`${address} in ${zone}`} />, {how === 'left' ? 'left' : 'silent'} at <At at={at} />
            </span>
          </li>
        ))}
      </ul>
      {online !== null && online > Math.min(MOST, members.length) && (
        <p class="hint">And {(online - Math.min(MOST, members.length)).toLocaleString('en')} more.</p>
      )}
    </Card>
  );
}

/** Of those that are online. */
const MOST = 20;

import type { Board } from './board.ts';
import type { Sight } from './sight.ts';
import { AppliedCards } from './applied-cards.tsx';
import { ClaimsCard } from './claims-card.tsx';
import { FleetCard, PeersCard } from './fleet-cards.tsx';
import type { Status } from './documents.ts';
import { Overrides } from './overrides.tsx';
import { At, Card, More, Problem, Shown } from './shown.tsx';
import { TerminationCard } from './termination-card.tsx';

const MOST = 100;

/** What is on this host beside the values: what a plan put there, secrets, overrides, and its part in a fleet. */
export function Host({
  board,
  sight,
  status,
}: {
  readonly board: Board;
  readonly sight: Sight;
  readonly status: Status;
}) {
  const { secrets, stores = [], rollout, peers, termination } = status;
  return (
    <section id="host" class="cards" aria-labelledby="host-title">
      <h2 id="host-title">Host and fleet</h2>
      {termination.length > 0 && <TerminationCard notices={termination} />}
      <Overrides board={board} overrides={status.overrides} access={sight.access} ahead={sight.ahead} />
      <Secrets secrets={secrets} />
      {stores.length > 0 && <Stores stores={stores} />}
      {rollout && <FleetCard rollout={rollout} isReleased={status.generation?.release !== null} />}
      <ClaimsCard claims={status.claims} />
      <AppliedCards events={sight.events} />
      {peers && <PeersCard peers={peers} />}
    </section>
  );
}

function Secrets({ secrets: { inUse, nextReadAt } }: { readonly secrets: Status['secrets'] }) {
  const troubled = inUse.filter(({ failure }) => failure !== null).length;
  return (
    <Card
      title="Secrets"
      tone={troubled > 0 ? 'bad' : inUse.length > 0 ? 'good' : 'plain'}
      says={troubled > 0 ? `${troubled} in trouble` : `${inUse.length} in use`}
    >
      {inUse.length === 0 && <p class="hint">No value reads one.</p>}
      <ul class="findings plain">
        {inUse.slice(0, MOST).map(({ service, name, state, version, age, failure }) => (
          <li key={`${service} ${name}`}>
            <b>
              <Shown text={name} />
            </b>{' '}
            <span class="beside">
              {service}, {state}
              {version !== null && (
                <>
                  , version <Shown text={version} most={40} />
                </>
              )}
              {age !== null && `, read ${age} ago`}
            </span>
            {failure && <Problem {...failure} />}
          </li>
        ))}
        <More of={inUse.length - MOST} />
      </ul>
      {nextReadAt !== null && (
        <p class="hint">
          Read again at <At at={nextReadAt} />.
        </p>
      )}
    </Card>
  );
}

function Stores({ stores }: { readonly stores: NonNullable<Status['stores']> }) {
  const troubled = stores.filter(({ state }) => state !== 'fresh').length;
  return (
    <Card title="Stores" tone={troubled > 0 ? 'warn' : 'good'} says={`${stores.length} followed`}>
      <ul class="findings plain">
        {stores.map(({ layer, state, age, failure }) => (
          <li key={layer}>
            <b>
              <Shown text={layer} />
            </b>{' '}
            <span class="beside">
              {state}
              {age !== null && `, read ${age} ago`}
            </span>
            {failure && <Problem {...failure} />}
          </li>
        ))}
      </ul>
    </Card>
  );
}

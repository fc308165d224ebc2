import type { Board } from './board.ts';
import type { Sight } from './sight.ts';
import { FleetCard, PeersCard } from './fleet-cards.tsx';
import type { Status } from './documents.ts';
import { appliedChanges, changeLine, count } from './event-line.ts';
import { Overrides } from './overrides.tsx';
import { At, Card, Problem, Shown } from './shown.tsx';

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
      <Overrides board={board} overrides={status.overrides} access={sight.access} ahead={sight.ahead} />
      <Secrets secrets={secrets} />
      {stores.length > 0 && <Stores stores={stores} />}
      {rollout && <FleetCard rollout={rollout} isReleased={status.generation?.release !== null} />}
      {peers && <PeersCard peers={peers} />}
      <Applied events={sight.events} />
      {termination.length > 0 && (
        <Card title="Termination" tone="bad" says="announced">
          <ul class="findings bad">
            {termination.map(({ source, action, at, id, state }, index) => (
              <li key={index}>
                <b>
                  <Shown text={action} />
                </b>{' '}
                <span class="beside">
                  <Shown text={[source, state].filter(Boolean).join(', ')} />
                  {at !== undefined && (
                    <>
                      , <At at={at} />
                    </>
                  )}
                </span>
                {id !== undefined && (
                  <span class="object">
                    <Shown text={id} />
                  </span>
                )}
              </li>
            ))}
          </ul>
        </Card>
      )}
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

/** Claims, files, deployments, services, hooks: the last change of each entry since the agent started. */
function Applied({ events }: { readonly events: Sight['events'] }) {
  const changes = events
    .filter(({ kind }) => kind === 'applied')
    .flatMap(({ data }) => appliedChanges(data).map((change) => ({ ...change, at: data.at })));
  const latest = new Map(changes.toReversed().map((change) => [`${change.entry} ${change.subject}`, change]));
  const shown = [...latest.values()].toSorted((a, b) => ((a.entry ?? '') < (b.entry ?? '') ? -1 : 1));
  return (
    <Card
      title="Claims, files, services"
      says={shown.length === 0 ? 'no change' : count(shown.length, 'change')}
      wide={shown.length > 8}
    >
      {shown.length === 0 && <p class="hint">The agent has changed nothing on this host since it started.</p>}
      <ul class="findings plain columns">
        {shown.slice(0, MOST).map((change) => (
          <li key={`${change.entry} ${change.subject}`}>
            <Shown text={changeLine(change)} />{' '}
            <span class="beside">
              <At at={change.at} />
            </span>
          </li>
        ))}
        {shown.length > MOST && <li class="beside">and {shown.length - MOST} more</li>}
      </ul>
    </Card>
  );
}

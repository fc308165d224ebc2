import { changeLine, count, latestChanges, type DatedChange } from './event-line.ts';
import type { AgentEvent } from './documents.ts';
import { At, Card, More, Shown } from './shown.tsx';

const MOST = 100;
/** What a plan did to this host: the last change of each entry, as far as the agent remembers what happened. */
export function AppliedCards({ events }: { readonly events: readonly AgentEvent[] }) {
  const { services, others } = latestChanges(events);
  // The first event of an agent has the number 1.
  const isWhole = events.length === 0 || events.at(-1)?.id === 1;
  return (
    <>
      <AppliedCard title="Deployment, services" changes={services} isWhole={isWhole} />
      <AppliedCard title="Files, scripts, hooks" changes={others} isWhole={isWhole} />
    </>
  );
}

function AppliedCard({
  title,
  changes,
  isWhole,
}: {
  readonly title: string;
  readonly changes: readonly DatedChange[];
  readonly isWhole: boolean;
}) {
  return (
    <Card
      title={title}
      says={changes.length === 0 ? 'no change' : count(changes.length, 'change')}
      wide={changes.length > 8}
    >
      {changes.length > 0 && (
        <ul class="findings plain columns">
          {changes.slice(0, MOST).map((change) => (
            <li key={`${change.entry} ${change.subject}`}>
              <Shown text={changeLine(change)} />{' '}
              <span class="beside">
                <At at={change.at} />
              </span>
            </li>
          ))}
          <More of={changes.length - MOST} />
        </ul>
      )}
      {(changes.length === 0 || !isWhole) && (
        <p class="hint">
          {isWhole
            ? 'Nothing was changed here since the agent started.'
            : 'What happened longer ago is remembered no more.'}
        </p>
      )}
    </Card>
  );
}

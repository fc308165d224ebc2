import { useState } from 'preact/hooks';
import type { AgentEvent } from './documents.ts';
import { eventLine } from './event-line.ts';
import { At, Card, Shown } from './shown.tsx';

/** Drawn at first; more on demand. */
const FEW = 30;
const MOST_DETAILS = 100;

/** What happens, as it happens. */
export function EventList({ events }: { readonly events: readonly AgentEvent[] }) {
  const [kind, setKind] = useState('');
  const [most, setMost] = useState(FEW);
  const kinds = [...new Set(events.map((event) => event.kind))].toSorted();
  const shown = kind === '' ? events : events.filter((event) => event.kind === kind);
  return (
    <Card title="Events" says="live">
      {kinds.length > 1 && (
        <div class="choice">
          <label>
            Kind
            <select value={kind} onChange={({ currentTarget }) => setKind(currentTarget.value)}>
              <option value="">all</option>
              {kinds.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        </div>
      )}
      {shown.length === 0 && <p class="empty">Nothing has happened since the agent started.</p>}
      <ol class="events" tabIndex={0} aria-label="Events, newest first">
        {shown.slice(0, most).map((event) => (
          <EventRow key={event.id} event={event} />
        ))}
      </ol>
      {shown.length > most && (
        <button type="button" class="quiet" onClick={() => setMost(most * 4)}>
          Show more
        </button>
      )}
    </Card>
  );
}

function EventRow({ event }: { readonly event: AgentEvent }) {
  const { tone, says, detail } = eventLine(event);
  return (
    <li class={tone}>
      <At at={event.data.at} />
      <div>
        <Shown text={says} />
        {detail.length > 0 && (
          <details>
            <summary>
              {detail.length === 1 ? 'show it' : `show ${detail.length.toLocaleString('en')}`}
            </summary>
            <ul>
              {detail.slice(0, MOST_DETAILS).map((line, index) => (
                <li key={index}>
                  <Shown text={line} />
                </li>
              ))}
              {detail.length > MOST_DETAILS && <li>and {detail.length - MOST_DETAILS} more</li>}
            </ul>
          </details>
        )}
      </div>
    </li>
  );
}

import { bytesOf, spanOf } from './age.ts';
import type { Status } from './documents.ts';
import { count } from './event-line.ts';
import type { Amount, LogEntry, Logs, Metrics } from './pipeline-documents.ts';
import { Ago, At, Card, Facts, More, Problem, Shown, Table } from './shown.tsx';

/** What goes to CloudWatch of this region, and how far behind it is. */
export function Telemetry({
  status: { pipelines },
  ahead,
}: {
  readonly status: Status;
  readonly ahead: number;
}) {
  const { logs, metrics, refused = {} } = pipelines;
  return (
    <section id="telemetry" class="cards" aria-labelledby="telemetry-title">
      <h2 id="telemetry-title">Telemetry</h2>
      {Object.entries(refused).map(([name, { code, cause }]) => (
        <Card key={name} title={`${name} as they were`} tone="bad" says="refused">
          <Problem code={code} message={cause} />
        </Card>
      ))}
      {logs ? (
        <LogsCard logs={logs} />
      ) : (
        <Card title="Logs" says="none">
          <p class="hint">No plan ships logs.</p>
        </Card>
      )}
      {metrics ? (
        <MetricsCard metrics={metrics} ahead={ahead} />
      ) : (
        <Card title="Metrics" says="none">
          <p class="hint">No plan sends metrics.</p>
        </Card>
      )}
    </section>
  );
}

/** Of each list. */
const MOST = 50;

const HEAD = [
  'source',
  'lag',
  'read',
  'acknowledged',
  'filtered',
  'rejected',
  'quarantined',
  'lost',
  'in flight',
];

function LogsCard({ logs: { entries, waiting, streams, checkpoints, heldBytes } }: { readonly logs: Logs }) {
  const held = streams.flatMap(({ group, stream, trouble }) =>
    trouble ? [{ group, stream, ...trouble }] : [],
  );
  const troubles = entries.flatMap(({ entry, troubles: texts = [] }) =>
    texts.map((text) => `${entry}: ${text}`),
  );
  const isWell = held.length + troubles.length + waiting.length === 0 && checkpoints === 'ok';
  const left = [held, troubles, waiting].reduce((sum, { length }) => sum + Math.max(0, length - MOST), 0);
  return (
    <Card
      title="Logs"
      tone={isWell ? 'good' : 'warn'}
      says={isWell ? `${entries.length === 1 ? '1 entry' : `${entries.length} entries`}, none held` : 'held'}
      wide
    >
      {entries.length > 0 && (
        <Table
          label="Ledger of the logs, in events"
          head={HEAD}
          rows={entries.slice(0, MOST).map(ledgerRow)}
        />
      )}
      {held.length + troubles.length + waiting.length > 0 && (
        <ul class="findings warn">
          {held.slice(0, MOST).map(({ group, stream, kind, code, since }) => (
            <li key={`${group} ${stream}`}>
              <Shown text={`${group} ${stream}`} /> is held since <At at={since} />: <Shown text={kind} />{' '}
              <code>
                <Shown text={code} />
              </code>
            </li>
          ))}
          {troubles.slice(0, MOST).map((text, index) => (
            <li key={`trouble ${index}`}>
              <Shown text={text} />
            </li>
          ))}
          {waiting.slice(0, MOST).map(({ entry, needs }) => (
            <li key={`waits ${entry}`}>
              <Shown text={entry} /> waits for <Shown text={needs} />
            </li>
          ))}
          <More of={left} />
        </ul>
      )}
      <p class="hint">
        A row adds up to what was read
        {entries.length > MOST && `; ${entries.length - MOST} more are not shown`}. {bytesOf(heldBytes)} held
        in memory
        {checkpoints === 'ok' ? '' : '; checkpoints cannot be written'}.
      </p>
    </Card>
  );
}

function ledgerRow({ entry, kind, ledger, sources }: LogEntry): readonly preact.ComponentChildren[] {
  const { read, acknowledged, filtered, rejected, quarantined, lost, inFlight } = ledger;
  const lags = sources.flatMap(({ lagMs }) => lagMs ?? []);
  return [
    <>
      <Shown text={entry} /> <span class="beside">({kind})</span>
    </>,
    lags.length === 0 ? '' : spanOf(Math.max(...lags)),
    <Events of={read} />,
    <Events of={acknowledged} />,
    <Events of={filtered} />,
    <Events of={sumOf(rejected)} isBad />,
    <Events of={quarantined} isBad />,
    <Events of={sumOf(lost)} isBad />,
    <Events of={inFlight} />,
  ];
}

function Events({ of: { events, bytes }, isBad = false }: { readonly of: Amount; readonly isBad?: boolean }) {
  return (
    <span class={events === 0 ? 'zero' : isBad ? 'trouble' : ''} title={bytesOf(bytes)}>
      {events.toLocaleString('en')}
    </span>
  );
}

function sumOf(amounts: Readonly<Record<string, Amount>>): Amount {
  const all = Object.values(amounts);
  return {
    events: all.reduce((sum, { events }) => sum + events, 0),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function MetricsCard({ metrics, ahead }: { readonly metrics: Metrics; readonly ahead: number }) {
  const {
    namespace,
    interval,
    series,
    cost,
    taken,
    sent,
    requests,
    failedRequests,
    queue,
    statsd,
    failing,
    waitingFor,
    sampledAt,
  } = metrics;
  const dropped = Object.entries(metrics.dropped).filter(([, number]) => number > 0);
  const trouble = failing ?? (waitingFor === null ? undefined : `waits for ${waitingFor}`);
  return (
    <Card
      title="Metrics"
      wide
      tone={trouble === undefined ? 'good' : 'warn'}
      says={trouble === undefined ? `${series.toLocaleString('en')} series` : 'held'}
    >
      {trouble !== undefined && (
        <p class="problem">
          <Shown text={trouble} />
        </p>
      )}
      <Facts
        facts={[
          ['namespace', <Shown text={namespace} />],
          ['sent', `${sent.toLocaleString('en')} of ${taken.toLocaleString('en')} points, every ${interval}`],
          ['requests', `${requests.toLocaleString('en')}, ${failedRequests.toLocaleString('en')} failed`],
          [
            'waiting',
            `${queue.memory.toLocaleString('en')} in memory, ${queue.disk.toLocaleString('en')} on disk`,
          ],
          ['cost', `about $${cost.dollarsPerMonth.toFixed(2)} a month`],
          ...(sampledAt === null
            ? []
            : ([
                [
                  'lag',
                  <>
                    <Ago at={sampledAt} ahead={ahead} /> since the last sample
                  </>,
                ],
              ] as const)),
          ...(statsd === null
            ? []
            : ([
                [
                  'statsd',
                  `port ${statsd.port ?? 'none'}, ${count(statsd.samples, 'sample')}, ${statsd.malformed} malformed`,
                ],
              ] as const)),
          ...dropped.map(([cause, number]) => [`dropped: ${cause}`, number.toLocaleString('en')] as const),
        ]}
      />
    </Card>
  );
}

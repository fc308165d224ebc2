import type { AgentEvent, Place, Status } from './documents.ts';
import { count } from './event-line.ts';
import { At, Card, Facts, More, Shown } from './shown.tsx';

const MOST = 50;

/** Whether anything here leads to another region, or came from one. */
export function RegionCards({
  status,
  events,
}: {
  readonly status: Status;
  readonly events: readonly AgentEvent[];
}) {
  return (
    <section id="region" class="cards" aria-labelledby="region-title">
      <h2 id="region-title">Region</h2>
      <GuardCard
        guard={status.guard}
        problems={foreignProblems(status)}
        isIdle={status.generation === null}
      />
      <FenceCard fence={status.fence} events={events} />
      <LeaksCard leaks={status.leaks} />
      <TrustCard status={status} />
    </section>
  );
}

/** What the guard refused stands in the failure, file by file. */
function foreignProblems({ source: { failure } }: Status): readonly string[] {
  return failure?.code.startsWith('LF_REGION') ? (failure.problems ?? []) : [];
}

function GuardCard({
  guard,
  problems,
  isIdle,
}: {
  readonly guard: Status['guard'];
  /** Nothing was judged and let pass. */
  readonly isIdle: boolean;
  readonly problems: readonly string[];
}) {
  const { mode, findings, foreign, unknown, hints } = guard;
  const found = findings + problems.length;
  const isWell = mode === 'enforce' && unknown.count === 0;
  const tone = found > 0 ? 'bad' : isIdle ? 'plain' : isWell ? 'good' : 'warn';
  const says =
    found > 0 ? count(found, 'finding') : isIdle ? 'nothing yet' : isWell ? 'nothing foreign' : mode;
  return (
    <Card title="Guard" tone={tone} says={says}>
      {problems.length > 0 && (
        <>
          <h4>Refused</h4>
          <ul class="findings bad">
            {problems.slice(0, MOST).map((problem, index) => (
              <li key={index}>
                <Shown text={problem} most={500} />
              </li>
            ))}
            <More of={problems.length - MOST} />
          </ul>
        </>
      )}
      <Places title="In effect, of another region" tone="bad" places={foreign} total={findings} />
      <Places title="Of unknown region" tone="warn" places={unknown.places} total={unknown.count} />
      <Places title="Hints" tone="plain" places={hints.places} total={hints.count} />
      <p class="hint">
        Mode <code>{mode}</code>; unknown regions <code>{unknown.setting}</code>, hints{' '}
        <code>{hints.setting}</code>.
      </p>
    </Card>
  );
}

function Places({
  title,
  tone,
  places,
  total,
}: {
  readonly title: string;
  readonly tone: string;
  readonly places: readonly Place[];
  readonly total: number;
}) {
  if (total === 0) return null;
  return (
    <>
      <h4>
        {title} ({total})
      </h4>
      <ul class={`findings ${tone}`}>
        {places.slice(0, MOST).map(({ key, region, kind, file, line }, index) => (
          <li key={index}>
            <b>
              <Shown text={key} most={120} />
            </b>{' '}
            <Shown text={region} /> <span class="beside">({kind})</span>
            {typeof file === 'string' && (
              <span class="object">
                <Shown text={line ? `${file}:${line}` : file} />
              </span>
            )}
          </li>
        ))}
        <More of={total - Math.min(MOST, places.length)} />
      </ul>
    </>
  );
}

function FenceCard({
  fence,
  events,
}: {
  readonly fence: Status['fence'];
  readonly events: readonly AgentEvent[];
}) {
  const { state, relocated, at, mode, from, landing, removed, left, awaited } = fence;
  const { copies = [], unshared = [] } = fence;
  const moves = events.filter(({ kind }) => kind === 'relocated').length;
  return (
    <Card
      title="Fence"
      tone={left.length > 0 ? 'bad' : relocated ? 'warn' : 'good'}
      says={relocated ? 'relocated' : landing ? 'landed before' : 'nothing foreign'}
    >
      <p>
        <Shown text={state} most={600} />
      </p>
      {(from || landing) && (
        <Facts
          facts={[
            ...(from
              ? ([
                  ['came from', <Shown text={from.instanceId} />],
                  ['image', <Shown text={from.imageId} />],
                  ['account', <Shown text={from.account} />],
                ] as const)
              : []),
            ...(landing && landing.from !== from?.instanceId
              ? ([['the disk was of', <Shown text={landing.from} />]] as const)
              : []),
            ...(landing ? ([['landed', <At at={landing.at} />]] as const) : []),
          ]}
        />
      )}
      {removed.length + left.length + awaited.length + copies.length + unshared.length > 0 && (
        <ul class="findings warn">
          {left.slice(0, MOST).map(({ path, kind, reason }, index) => (
            <li key={`left ${index}`} class="bad">
              <b>
                <Shown text={path ?? kind} most={200} />
              </b>
              <span class="beside">
                {' '}
                {kind}, <Shown text={reason} />: still there
              </span>
            </li>
          ))}
          {removed.slice(0, MOST).map(({ path, kind, reason, action }, index) => (
            <li key={index}>
              <Shown text={path ?? kind} most={200} />
              <span class="beside">
                {' '}
                {kind}, <Shown text={reason} />
                {action !== undefined && `: ${action}`}
              </span>
            </li>
          ))}
          {awaited.slice(0, MOST).map((path) => (
            <li key={path}>
              <Shown text={path} most={200} />{' '}
              <span class="beside">looked for when something is mounted</span>
            </li>
          ))}
          {copies.slice(0, MOST).map((path) => (
            <li key={`copy ${path}`}>
              <Shown text={path} most={200} />{' '}
              <span class="beside">holds the same under a name that is not Landfall's: left there</span>
            </li>
          ))}
          {unshared.slice(0, MOST).map((path) => (
            <li key={`unshared ${path}`}>
              <Shown text={path} most={200} />{' '}
              <span class="beside">
                a volume that takes no register: what is put there is not known elsewhere
              </span>
            </li>
          ))}
        </ul>
      )}
      <p class="hint">
        Looked at <At at={at} />, mode <code>{mode}</code>
        {moves > 1 && `; ${moves} times since the start`}.
      </p>
    </Card>
  );
}

function LeaksCard({ leaks }: { readonly leaks: Status['leaks'] }) {
  const { state, mode, blind, findings, lookedAt, sockets, names, excused } = leaks;
  if (state === 'off')
    return (
      <Card title="Leaks" says="not watched">
        <p class="hint">A plan turns it on: see leaks in plan.yaml.</p>
      </Card>
    );
  const tone = findings.length > 0 ? 'bad' : state === 'watching' ? 'good' : 'warn';
  return (
    <Card title="Leaks" tone={tone} says={findings.length > 0 ? count(findings.length, 'finding') : state}>
      {findings.length > 0 && (
        <ul class="findings bad">
          {findings.slice(0, MOST).map(({ says, for: time, since }, index) => (
            <li key={index}>
              <Shown text={says} most={400} />{' '}
              <span class="beside">
                for {time}, since <At at={since} />
              </span>
            </li>
          ))}
          <More of={findings.length - MOST} />
        </ul>
      )}
      {typeof blind === 'string' && (
        <p>
          <Shown text={blind} />
        </p>
      )}
      <p class="hint">
        Mode <code>{mode}</code>
        {typeof sockets === 'number' && `, ${count(sockets, 'socket')}`}
        {typeof names === 'number' && `, ${count(names, 'name')}`}
        {excused !== undefined && excused > 0 && `, ${excused} excused`}
        {typeof lookedAt === 'string' && (
          <>
            , looked at <At at={lookedAt} />
          </>
        )}
        .
      </p>
    </Card>
  );
}

function TrustCard({ status: { trust, detours, source } }: { readonly status: Status }) {
  const { identityProvenBy, keys, sequence } = trust;
  const isPlain = detours.some(({ plain }) => plain);
  return (
    <Card title="Source and trust" tone={isPlain ? 'warn' : 'plain'} says={source.layout}>
      <Facts
        facts={[
          ['source', <Shown text={source.address} most={300} />],
          ['served from', source.servedFrom ?? 'nothing yet'],
          [
            'identity',
            identityProvenBy === null ? (
              'believed'
            ) : (
              <>
                proven by <Shown text={identityProvenBy} />
              </>
            ),
          ],
          ['releases', keys === 0 ? 'unsigned, or not looked at' : `by ${count(keys, 'trusted key')}`],
          ...(sequence === null ? [] : ([['pointer', String(sequence)]] as const)),
        ]}
      />
      {detours.length > 0 && (
        <ul class="findings warn">
          {detours.map(({ variable, address, plain }) => (
            <li key={variable}>
              <Shown text={variable} />
              <span class="object">
                <Shown text={address} most={200} />
                {plain && ' in the clear'}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

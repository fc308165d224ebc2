import { toneOfNotice } from './announced.ts';
import type { Sight } from './sight.ts';
import { Ago, At, More, Shown } from './shown.tsx';
import type { Standing } from './standing.ts';

/** What keeps it from being ready, or from following: nothing is drawn where all is well. */
export function Notices({ sight, standing }: { readonly sight: Sight; readonly standing: Standing }) {
  const { status, ahead } = sight;
  const { kind, reasons, failure } = standing;
  if (kind === 'unknown') return null;
  const activity = status?.activity ?? [];
  const waits = status?.waits ?? [];
  const problems = failure?.problems ?? [];
  const warnings = [
    ...(status?.identity.warnings ?? []),
    ...(status?.source.unread ?? []).map(({ file, message }) => `${file}: ${message}`),
  ];
  const ends = (status?.termination ?? []).filter((notice) => toneOfNotice(notice) === 'bad');
  const isWell = kind === 'ready' && ends.length + activity.length + waits.length + warnings.length === 0;
  if (isWell) return null;
  const bad = ends.length > 0 || kind === 'lost' || kind === 'failing' || kind === 'refused';
  return (
    <section class={`notice ${bad ? 'bad' : 'warn'}`} aria-label="What is waited for">
      <h2>{kind === 'ready' ? (ends.length > 0 ? 'It is about to go' : 'It waits for') : HEADS[kind]}</h2>
      <ul>
        {ends.slice(0, MOST).map(({ source, action, at }, index) => (
          <li key={`ends ${index}`}>
            Announced:{' '}
            <b>
              <Shown text={action} />
            </b>{' '}
            (<Shown text={source} />)
            {at !== undefined && (
              <>
                , <At at={at} />
              </>
            )}
          </li>
        ))}
        {reasons.slice(0, MOST).map((reason, index) => (
          <li key={`reason ${index}`}>
            <Shown text={reason} most={1000} />
          </li>
        ))}
        {problems.slice(0, MOST).map((problem, index) => (
          <li key={`problem ${index}`} class="place">
            <Shown text={problem} most={600} />
          </li>
        ))}
        <More of={problems.length - MOST} />
        {activity.map(({ name, since, until }) => (
          <li key={`at ${name}`}>
            At{' '}
            <b>
              <Shown text={name} />
            </b>{' '}
            for <Ago at={since} ahead={ahead} />
            {until !== null && (
              <>
                , until <At at={until} /> at the latest
              </>
            )}
          </li>
        ))}
        {waits.map(({ name, since, until }) => (
          <li key={`waits ${name}`} class={kind === 'ready' && ends.length === 0 ? 'named' : undefined}>
            {(kind !== 'ready' || ends.length > 0) && 'Waits for '}
            <b>
              <Shown text={name} />
            </b>
            , for <Ago at={since} ahead={ahead} />
            {until !== null && (
              <>
                , until <At at={until} />
              </>
            )}
          </li>
        ))}
        {warnings.slice(0, MOST).map((warning, index) => (
          <li key={`warning ${index}`}>
            <Shown text={warning} most={600} />
          </li>
        ))}
        <More of={warnings.length - MOST} />
      </ul>
      {failure !== undefined && (
        <p class="remedy">
          {failure.hint !== undefined && failure.hint !== '' && (
            <>
              <b>What to do.</b> <Shown text={failure.hint} most={600} />{' '}
            </>
          )}
          <code>{failure.code}</code>
        </p>
      )}
      {status?.source.nextCheckAt && kind !== 'ready' && kind !== 'lost' && (
        <p class="hint">
          Tried again at <At at={status.source.nextCheckAt} />
          {status.source.givesUpAt !== null && (
            <>
              , given up at <At at={status.source.givesUpAt} />
            </>
          )}
          .
        </p>
      )}
    </section>
  );
}

/** Of each list. */
const MOST = 20;

const HEADS = {
  lost: 'The agent does not answer',
  starting: 'It is on its way',
  failing: 'It waits for this to be mended',
  refused: 'What is new was refused, whole',
  stale: 'The source cannot be followed',
} as const;

import { useEffect, useState } from 'preact/hooks';
import type { Board } from './board.ts';
import type { Sight } from './sight.ts';
import { composeDiffs, reversed, type ComposedDiff } from './composed-diff.ts';
import type { AgentEvent, Diff, GenerationSummary } from './documents.ts';
import { appliedChanges, changeLine, count } from './event-line.ts';
import { plainText } from './plain-text.ts';
import { At, Card, Pill, Shown } from './shown.tsx';

/** Values and files that are drawn of a difference. */
const MOST = 200;

/** What was active and what was refused, and what differs between any two that were active. */
export function Generations({ board, sight }: { readonly board: Board; readonly sight: Sight }) {
  const { generations, events } = sight;
  const active = generations.filter(({ state }) => state !== 'refused');
  const [chosen, setChosen] = useState<{ readonly from: number; readonly to: number } | undefined>(undefined);
  const to = chosen?.to ?? active[0]?.generation;
  const from = chosen?.from ?? active[1]?.generation;
  return (
    <Card title="Generations" says={`${active.length} remembered`}>
      {active.length > 1 && from !== undefined && to !== undefined ? (
        <>
          <div class="choice">
            <Choice
              label="From"
              value={from}
              of={active}
              onChoose={(number) => setChosen({ from: number, to })}
            />
            <Choice
              label="To"
              value={to}
              of={active}
              onChoose={(number) => setChosen({ from, to: number })}
            />
          </div>
          <Difference
            key={`${from} ${to}`}
            board={board}
            active={active}
            from={from}
            to={to}
            events={events}
            access={sight.access}
          />
        </>
      ) : (
        <p class="hint">
          {active.length === 0 ? 'None was active yet.' : 'One so far: a difference shows with the next.'}
        </p>
      )}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be reached without a mouse */}
      <ol class="generations" tabIndex={0} aria-label="Generations, newest first">
        {generations.map((one) => (
          <li key={one.generation} class={one.state}>
            <b>{one.generation}</b>
            <span>
              <Pill tone={TONES[one.state]}>{one.state}</Pill> <At at={one.activatedAt} />
              {one.release !== null && (
                <>
                  {' '}
                  <code>
                    <Shown text={one.release} most={60} />
                  </code>
                </>
              )}
            </span>
            <span class="beside">
              {one.refusal ? (
                <>
                  <Shown text={one.refusal.message} most={300} /> <code>{one.refusal.code}</code>
                </>
              ) : (
                `${count(one.keys, 'key')}, ${one.digest.slice(0, 12)}`
              )}
            </span>
          </li>
        ))}
      </ol>
    </Card>
  );
}

const TONES = { active: 'good', previous: 'plain', refused: 'bad' } as const;

function Choice({
  label,
  value,
  of,
  onChoose,
}: {
  readonly label: string;
  readonly value: number;
  readonly of: readonly GenerationSummary[];
  readonly onChoose: (number: number) => void;
}) {
  return (
    <label>
      {label}
      <select value={value} onChange={({ currentTarget }) => onChoose(Number(currentTarget.value))}>
        {of.map(({ generation, release }) => (
          <option key={generation} value={generation}>
            {generation}
            {release === null ? '' : ` (${plainText(release)})`}
          </option>
        ))}
      </select>
    </label>
  );
}

function Difference({
  board,
  active,
  from,
  to,
  events,
  access,
}: {
  readonly board: Board;
  readonly active: readonly GenerationSummary[];
  readonly from: number;
  readonly to: number;
  readonly events: readonly AgentEvent[];
  readonly access: Sight['access'];
}) {
  const [diff, setDiff] = useState<ComposedDiff | 'forgotten' | undefined>(undefined);
  const [low, high] = from < to ? [from, to] : [to, from];
  useEffect(() => {
    let isGone = false;
    const steps = active
      .map(({ generation }) => generation)
      .filter((number) => number > low && number <= high)
      .toReversed();
    const ask = async (): Promise<void> => {
      const answers = await Promise.all(
        steps.map((number) => board.api.ask<Diff>(`/v1/generations/${number}/diff`)),
      );
      const known = answers.flatMap((answer) => (answer.kind === 'ok' ? [answer.value] : []));
      if (isGone) return;
      if (known.length < answers.length) setDiff('forgotten');
      else setDiff(from <= to ? composeDiffs(known) : reversed(composeDiffs(known)));
    };
    void ask();
    return () => {
      isGone = true;
    };
  }, [board, active.length, active[0]?.generation, from, to, low, high, access]);
  if (diff === undefined) return <p class="hint">Asking …</p>;
  if (diff === 'forgotten') return <p class="hint">One of the steps between them is remembered no more.</p>;
  const told = events
    .filter(
      ({ kind, data }) =>
        kind === 'applied' && Number(data['number']) > low && Number(data['number']) <= high,
    )
    .flatMap(({ data }) => appliedChanges(data).map(changeLine));
  const files = [...new Set(told)];
  const { added, removed, changed } = diff;
  const total = added.length + removed.length + changed.length;
  return (
    <div
      class="difference"
      role="region"
      aria-label={`Difference from generation ${from} to ${to}`}
      tabIndex={0}
    >
      <p class="hint">
        {total === 0
          ? 'No value differs.'
          : `${added.length} added, ${removed.length} removed, ${changed.length} changed.`}
      </p>
      <ul>
        {changed.slice(0, MOST).map(({ key, before, after }) => (
          <li key={key}>
            <Shown text={key} />
            <del>
              <Shown text={before} />
            </del>
            <ins>
              <Shown text={after} />
            </ins>
          </li>
        ))}
        {added.slice(0, MOST).map(({ key, value }) => (
          <li key={key}>
            <Shown text={key} />
            <ins>
              <Shown text={value} />
            </ins>
          </li>
        ))}
        {removed.slice(0, MOST).map(({ key, value }) => (
          <li key={key}>
            <Shown text={key} />
            <del>
              <Shown text={value} />
            </del>
          </li>
        ))}
        {files.slice(0, MOST).map((line, index) => (
          <li key={index} class="file">
            <Shown text={line} />
          </li>
        ))}
      </ul>
      {Math.max(added.length, removed.length, changed.length, files.length) > MOST && (
        <p class="hint">
          The first {MOST} of each. All: <code>/v1/generations/{to}/diff</code>
        </p>
      )}
    </div>
  );
}

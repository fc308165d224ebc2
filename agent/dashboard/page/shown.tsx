import type { ComponentChildren } from 'preact';
import { clockTime, spanOf } from './age.ts';
import type { Tone } from './event-line.ts';
import { useNow } from './now.ts';
import { piecesOf } from './plain-text.ts';

/** A text of the configuration, the instance or AWS: isolated in its direction, bounded, and with what cannot be seen made visible. */
export function Shown({
  text,
  most = 300,
  keepsLines = false,
}: {
  readonly text: string;
  readonly most?: number;
  readonly keepsLines?: boolean;
}) {
  return (
    <bdi>
      {piecesOf(text, most, keepsLines).map(({ kind, text: piece }) =>
        kind === 'text' ? piece : <span class="unseen">{piece}</span>,
      )}
      {text.length > most && <span class="more"> … {text.length.toLocaleString('en')} characters</span>}
    </bdi>
  );
}

/** How long ago, and when exactly to who points at it. @param ahead see `Sight`. */
export function Ago({ at, ahead }: { readonly at: string; readonly ahead: number }) {
  const now = useNow() + ahead;
  return (
    <time dateTime={at} title={at}>
      {spanOf(now - Date.parse(at))}
    </time>
  );
}

/** A time of day. */
export function At({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={at}>
      {clockTime(at, Date.now())}
    </time>
  );
}

export function Pill({
  tone = 'plain',
  children,
}: {
  readonly tone?: Tone;
  readonly children: ComponentChildren;
}) {
  return <span class={`pill ${tone}`}>{children}</span>;
}

/** What is known of one thing. */
export function Card({
  title,
  tone = 'plain',
  says,
  wide = false,
  children,
}: {
  readonly title: string;
  readonly tone?: Tone;
  /** Beside the title: how it is, in a few words. */
  readonly says?: ComponentChildren;
  readonly wide?: boolean;
  readonly children?: ComponentChildren;
}) {
  const id = `card-${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;
  return (
    <section class={wide ? 'card wide' : 'card'} aria-labelledby={id}>
      <header>
        <h3 id={id}>{title}</h3>
        {says !== undefined && <Pill tone={tone}>{says}</Pill>}
      </header>
      {children}
    </section>
  );
}

/** Terms and what they are here. */
export function Facts({
  facts,
}: {
  readonly facts: readonly (readonly [term: string, is: ComponentChildren])[];
}) {
  return (
    <dl class="facts">
      {facts.map(([term, is]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{is}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The end of a list that is not shown whole. */
export function More({ of }: { readonly of: number }) {
  return of > 0 ? <li class="beside">and {of.toLocaleString('en')} more</li> : null;
}

export function Problem({
  code,
  message,
  hint,
}: {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}) {
  return (
    <p class="problem">
      <Shown text={hint === undefined ? message : sentence(message)} most={600} />{' '}
      {hint !== undefined && <Shown text={hint} most={600} />} <code>{code}</code>
    </p>
  );
}

/** Causes are clauses, and hints sentences. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** A table that scrolls by itself where there is no room for it. */
export function Table({
  label,
  head,
  rows,
}: {
  readonly label: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly ComponentChildren[])[];
}) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be reached without a mouse
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, index) => (
            <tr key={index}>
              {cells.map((cell, column) =>
                column === 0 ? <th scope="row">{cell}</th> : <td key={column}>{cell}</td>,
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

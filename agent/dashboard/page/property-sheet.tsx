import { useEffect, useState } from 'preact/hooks';
import { NO_ANSWER, type Board } from './board.ts';
import type { Sight } from './sight.ts';
import { CopyButton } from './copy-button.tsx';
import type { Explanation, Failure } from './documents.ts';
import { Modal } from './modal.tsx';
import { OverrideForm } from './override-form.tsx';
import { REDACTED, textOf } from './rows.ts';
import { At, Problem, Shown } from './shown.tsx';

/** Characters of a value that are drawn; all of it can be copied. */
const MOST = 20_000;

/** The story of one value. */
export function PropertySheet({
  board,
  access,
  name,
  onClose,
}: {
  readonly board: Board;
  readonly access: Sight['access'];
  readonly name: string;
  readonly onClose: () => void;
}) {
  const [story, setStory] = useState<Explanation | Failure | undefined>(undefined);
  useEffect(() => {
    let isGone = false;
    const ask = async (): Promise<void> => {
      const answer = await board.api.ask<Explanation>(`/v1/explain/${encodeURIComponent(name)}`);
      if (isGone) return;
      if (answer.kind === 'ok') setStory(answer.value);
      else setStory(answer.kind === 'problem' ? answer.failure : NO_ANSWER);
    };
    void ask();
    return () => {
      isGone = true;
    };
  }, [board, name, access]);
  return (
    <Modal title={<Shown text={name} most={400} />} kind="sheet" onClose={onClose}>
      {story === undefined ? (
        <p class="hint">Asking …</p>
      ) : 'winner' in story ? (
        <Story story={story} />
      ) : (
        <Problem {...story} />
      )}
      <details>
        <summary>Override it on this instance</summary>
        <OverrideForm board={board} access={access} name={name} onDone={onClose} />
      </details>
    </Modal>
  );
}

function Story({ story }: { readonly story: Explanation }) {
  const { winner, shadowed, references, raw, generation, since } = story;
  const value = textOf(story.value);
  return (
    <div class="story">
      <div class="value-box">
        <pre tabIndex={0}>
          <Shown text={value} most={MOST} keepsLines />
        </pre>
        {value === REDACTED ? (
          <p class="hint">It holds a secret: unlock the page to see it.</p>
        ) : (
          <CopyButton text={value} what="the value" />
        )}
      </div>
      <h3>Set by</h3>
      <ol class="places">
        <li class="winner">
          <Place layer={winner.layer} file={winner.file} line={winner.line} />
          {raw !== value && (
            <code class="raw">
              <Shown text={raw} most={2000} />
            </code>
          )}
          <span class="object">
            <Shown text={winner.object} most={400} />
          </span>
        </li>
        {shadowed.map((place, index) => (
          <li key={index} class="shadowed">
            <Place {...place} />
            <code class="raw">
              <s>
                <Shown text={place.raw} most={2000} />
              </s>
            </code>
          </li>
        ))}
      </ol>
      {references.length > 0 && (
        <>
          <h3>Reads</h3>
          <dl class="reads">
            {references.map(({ key, value: read, version }) => (
              <div key={key}>
                <dt>
                  <Shown text={key} />
                </dt>
                <dd>
                  {read === null ? <i>nothing: the default was taken</i> : <Shown text={read} most={600} />}
                  {version !== undefined && <> (version {<Shown text={version} />})</>}
                </dd>
              </div>
            ))}
          </dl>
        </>
      )}
      <p class="hint">
        The same since <At at={since} />, in generation {generation}.
      </p>
    </div>
  );
}

function Place({
  layer,
  file,
  line,
}: {
  readonly layer: string;
  readonly file: string;
  readonly line: number;
}) {
  return (
    <span class="placed">
      <b>
        <Shown text={layer} />
      </b>{' '}
      <Shown text={`${file}:${line}`} />
    </span>
  );
}

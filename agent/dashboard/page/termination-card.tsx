import { toneOfNotice } from './announced.ts';
import type { Notice } from './documents.ts';
import { At, Card, Shown } from './shown.tsx';

/** What the metadata service says of the end of this instance. */
export function TerminationCard({ notices }: { readonly notices: readonly Notice[] }) {
  const tones = new Set(notices.map(toneOfNotice));
  const tone = tones.has('bad') ? 'bad' : tones.has('warn') ? 'warn' : 'plain';
  return (
    <Card title="Termination" tone={tone} says={tone === 'plain' ? 'nothing announced' : 'announced'}>
      <ul class="findings plain">
        {notices.map((notice, index) => {
          const { source, action, at, id, state } = notice;
          return (
            <li key={index} class={toneOfNotice(notice)}>
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
          );
        })}
      </ul>
    </Card>
  );
}

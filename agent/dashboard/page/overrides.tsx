import { useState } from 'preact/hooks';
import type { Board } from './board.ts';
import type { Sight } from './sight.ts';
import type { Failure, Override } from './documents.ts';
import { spanOf } from './age.ts';
import { useNow } from './now.ts';
import { plainText } from './plain-text.ts';
import { OverrideForm } from './override-form.tsx';
import { At, Card, Problem, Shown } from './shown.tsx';

/** Values that an operator set for this instance alone, until they expire. */
export function Overrides({
  board,
  overrides,
  access,
  ahead,
}: {
  readonly board: Board;
  readonly overrides: readonly Override[];
  readonly access: Sight['access'];
  readonly ahead: number;
}) {
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const now = useNow() + ahead;
  const end = async (key: string): Promise<void> => {
    setFailure(await board.order(`/v1/overrides/${encodeURIComponent(key)}`, 'DELETE'));
  };
  return (
    <Card
      title="Overrides"
      tone={overrides.length > 0 ? 'warn' : 'plain'}
      says={overrides.length === 0 ? 'none' : `${overrides.length} in effect`}
    >
      <ul class="findings warn">
        {overrides.map(({ key, reason, expiresAt }) => (
          <li key={key} class="override">
            <div>
              <b>
                <Shown text={key} />
              </b>{' '}
              <span class="beside">
                ends in {spanOf(Date.parse(expiresAt) - now)}, at <At at={expiresAt} />
              </span>
              <span class="object">
                <Shown text={reason} most={400} />
              </span>
            </div>
            {access !== 'none' && (
              <button
                type="button"
                class="quiet"
                aria-label={`End it: ${plainText(key)}`}
                onClick={() => void end(key)}
              >
                End it
              </button>
            )}
          </li>
        ))}
      </ul>
      {failure && <Problem {...failure} />}
      <OverrideForm board={board} access={access} onDone={() => {}} />
    </Card>
  );
}

import { useState } from 'preact/hooks';
import type { Board } from './board.ts';
import type { Sight } from './sight.ts';
import { Shown } from './shown.tsx';
import type { Standing } from './standing.ts';
import { TokenDialog } from './token-dialog.tsx';

const PLACES = [
  ['#layers', 'Layers'],
  ['#properties', 'Properties'],
  ['#generations', 'Changes'],
  ['#region', 'Region'],
  ['#telemetry', 'Telemetry'],
  ['#host', 'Host'],
] as const;

const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

export function Bar({
  board,
  sight,
  standing,
}: {
  readonly board: Board;
  readonly sight: Sight;
  readonly standing: Standing;
}) {
  const [isAsking, setAsking] = useState(false);
  const [theme, setTheme] = useState<Theme>('auto');
  const { status, access } = sight;
  const turn = (): void => {
    const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';
    setTheme(next);
    if (next === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = next;
  };
  return (
    <header class="bar">
      <a class="brand" href="#main" aria-label="Landfall">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path class="brand-land" d="M5 21 C9 8 14 13 17 16 S25 12 28 14 V21 Z" />
          <path class="brand-sea" d="M3 25 q4 -3 8 0 t8 0 t8 0" />
        </svg>
        <span class="brand-name">Landfall</span>
      </a>
      {status && (
        <span class="here">
          <span class="dot" aria-hidden="true" />
          <b>
            <Shown text={status.identity.region} most={40} />
          </b>
          <span class="here-state">{standing.title}</span>
        </span>
      )}
      <nav aria-label="Sections">
        {PLACES.map(([place, name]) => (
          <a key={place} href={place}>
            {name}
          </a>
        ))}
      </nav>
      <div class="tools">
        <button type="button" class="quiet" onClick={turn}>
          <span class="label">Theme: </span>
          {theme}
        </button>
        {access === 'none' ? (
          <button type="button" onClick={() => setAsking(true)}>
            Unlock
          </button>
        ) : (
          <button
            type="button"
            class={access === 'writes' ? 'unlocked' : ''}
            onClick={() => void board.unlock(undefined)}
          >
            {access === 'writes' ? 'Unlocked' : 'May not write'}
            <span class="unheard">, lock again</span>
          </button>
        )}
      </div>
      {isAsking && <TokenDialog board={board} onClose={() => setAsking(false)} />}
    </header>
  );
}

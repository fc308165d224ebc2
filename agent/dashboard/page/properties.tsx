import { useMemo, useRef, useState } from 'preact/hooks';
import type { Sight } from './sight.ts';
import { plainText } from './plain-text.ts';
import { PropertyList } from './property-list.tsx';
import { matching, type Row } from './rows.ts';

const NO_ROWS: readonly Row[] = [];

/** What is in effect, to be searched. */
export function Properties({
  sight,
  layer,
  onLayer,
  onOpen,
}: {
  readonly sight: Sight;
  readonly layer: string | undefined;
  readonly onLayer: (layer: string | undefined) => void;
  readonly onOpen: (key: string) => void;
}) {
  const [search, setSearch] = useState('');
  const list = useRef<HTMLDivElement>(null);
  const rows = sight.rows ?? NO_ROWS;
  const found = useMemo(() => matching(rows, search, layer), [rows, search, layer]);
  const names = sight.layers.filter(({ effective }) => effective.length > 0).map(({ name }) => name);
  return (
    <section id="properties" class="card" aria-labelledby="properties-title">
      <header>
        <h2 id="properties-title">Properties</h2>
        <span class="pill plain" role="status">
          {found.length === rows.length
            ? `${rows.length.toLocaleString('en')} in effect`
            : `${found.length.toLocaleString('en')} of ${rows.length.toLocaleString('en')}`}
        </span>
        <div class="filters">
          <label>
            <span class="unheard">Search keys and values</span>
            <input
              id="search"
              type="search"
              placeholder="Search keys and values"
              spellcheck={false}
              value={search}
              onInput={({ currentTarget }) => setSearch(currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key !== 'ArrowDown') return;
                event.preventDefault();
                list.current?.focus();
              }}
            />
          </label>
          <label>
            <span class="unheard">Layer</span>
            <select
              value={layer ?? ''}
              onChange={({ currentTarget }) => onLayer(currentTarget.value || undefined)}
            >
              <option value="">all layers</option>
              {names.map((name) => (
                <option key={name} value={name}>
                  {plainText(name)}
                </option>
              ))}
            </select>
          </label>
        </div>
      </header>
      {sight.rows === undefined ? (
        <p class="empty">Nothing is served yet: values appear with the first generation.</p>
      ) : found.length === 0 ? (
        <p class="empty">No key and no value has that.</p>
      ) : (
        <PropertyList rows={found} place={list} onOpen={onOpen} />
      )}
    </section>
  );
}

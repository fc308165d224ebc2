import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { REDACTED, type Row } from './rows.ts';
import { Pill, Shown } from './shown.tsx';

/** Rows beyond what is seen, so that a flick shows no hole. */
const BESIDE = 6;
/** Of one row, in rem: on one line, and on two where it is narrow (page.css). */
const ROW = 2.25;
const NARROW_ROW = 3.5;
const NARROW = '(max-width: 44rem)';

/** Only the rows that are seen are in the document, whatever number there is. One stop for Tab; arrows go through it. */
export function PropertyList({
  rows,
  place,
  onOpen,
}: {
  readonly rows: readonly Row[];
  readonly place: RefObject<HTMLDivElement | null>;
  readonly onOpen: (key: string) => void;
}) {
  const [at, setAt] = useState(0);
  const [seen, setSeen] = useState({ top: 0, height: 0 });
  const size = useRowHeight();
  const active = Math.min(at, rows.length - 1);
  const measure = (): void => {
    const { scrollTop = 0, clientHeight = 0 } = place.current ?? {};
    setSeen({ top: scrollTop, height: clientHeight });
  };
  useLayoutEffect(measure, [rows, size, place]);
  useEffect(() => {
    addEventListener('resize', measure);
    return () => removeEventListener('resize', measure);
  }, []);
  const first = Math.max(0, Math.floor(seen.top / size) - BESIDE);
  const last = Math.min(rows.length, Math.ceil((seen.top + seen.height) / size) + BESIDE);
  const go = (index: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, index));
    setAt(next);
    const { current } = place;
    if (!current) return;
    const top = next * size;
    if (top < current.scrollTop) current.scrollTop = top;
    else if (top + size > current.scrollTop + current.clientHeight)
      current.scrollTop = top + size - current.clientHeight;
    measure();
  };
  const press = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(seen.height / size) - 1);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = moves[event.key];
    const key = rows[active]?.key;
    if (to !== undefined) go(to);
    else if ((event.key === 'Enter' || event.key === ' ') && key !== undefined) onOpen(key);
    else return;
    event.preventDefault();
  };
  const isShown = active >= first && active < last;
  return (
    <div
      ref={place}
      class="property-list"
      role="listbox"
      tabIndex={0}
      aria-label="Properties; Enter shows where a value comes from"
      aria-activedescendant={isShown ? `property-${active}` : undefined}
      onScroll={measure}
      onKeyDown={press}
    >
      <div class="property-space" role="presentation" style={{ height: `${rows.length * size}px` }}>
        {rows.slice(first, last).map((row, offset) => {
          const index = first + offset;
          return (
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the list has them
            <div
              key={index}
              id={`property-${index}`}
              role="option"
              aria-selected={index === active}
              aria-setsize={rows.length}
              aria-posinset={index + 1}
              class="property"
              style={{ top: `${index * size}px` }}
              onClick={() => {
                setAt(index);
                onOpen(row.key);
              }}
            >
              <PropertyCells row={row} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function PropertyCells({ row: { key, value, layer } }: { readonly row: Row }) {
  return (
    <>
      <span class="key">
        <Shown text={key} most={120} />
      </span>
      <span class="value">
        {value === REDACTED ? <Pill tone="warn">redacted</Pill> : <Shown text={value} most={240} />}
      </span>
      <span class="of">{layer !== undefined && <Shown text={layer} most={80} />}</span>
    </>
  );
}

function useRowHeight(): number {
  const [size, setSize] = useState(rowHeight);
  useEffect(() => {
    const again = (): void => setSize(rowHeight());
    addEventListener('resize', again);
    return () => removeEventListener('resize', again);
  }, []);
  return size;
}

/** In CSS pixels. */
function rowHeight(): number {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return rem * (matchMedia(NARROW).matches ? NARROW_ROW : ROW);
}

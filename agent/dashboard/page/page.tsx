import { useEffect, useState } from 'preact/hooks';
import { Bar } from './bar.tsx';
import type { Board } from './board.ts';
import { BootCourse } from './boot-course.tsx';
import { EventList } from './event-list.tsx';
import { Generations } from './generations.tsx';
import { Host } from './host.tsx';
import { Landing } from './landing.tsx';
import { LayerStack } from './layer-stack.tsx';
import { Notices } from './notices.tsx';
import { Properties } from './properties.tsx';
import { PropertySheet } from './property-sheet.tsx';
import { RegionCards } from './region-cards.tsx';
import { standingOf } from './standing.ts';
import { Telemetry } from './telemetry.tsx';

export function Page({ board }: { readonly board: Board }) {
  const [sight, setSight] = useState(board.sight);
  const [layer, setLayer] = useState<string | undefined>(undefined);
  const [opened, setOpened] = useState<string | undefined>(undefined);
  useEffect(() => board.subscribe(setSight), [board]);
  const { status, ahead } = sight;
  const standing = standingOf(sight);
  const region = status?.identity.region;
  useEffect(() => {
    document.title = region === undefined ? 'Landfall' : `${region} · ${standing.title} · Landfall`;
  }, [region, standing.title]);
  const showLayer = (name: string): void => {
    setLayer(name);
    document.querySelector('#properties')?.scrollIntoView();
    document.querySelector<HTMLElement>('#search')?.focus({ preventScroll: true });
  };
  return (
    <div class={`stands-${standing.kind}`}>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Bar board={board} sight={sight} standing={standing} />
      <main id="main" tabIndex={-1}>
        <p class="unheard" role="status">
          {region === undefined ? '' : `${region}: ${standing.title}`}
        </p>
        <Landing sight={sight} standing={standing} />
        <Notices sight={sight} standing={standing} />
        {status && (
          <>
            <section id="layers" class="pair" aria-label="Layers and boot">
              <LayerStack sight={sight} onShow={showLayer} />
              <BootCourse boot={status.boot} />
            </section>
            <Properties sight={sight} layer={layer} onLayer={setLayer} onOpen={setOpened} />
            <section id="generations" class="pair" aria-label="Generations and events">
              <Generations board={board} sight={sight} />
              <EventList events={sight.events} />
            </section>
            <RegionCards status={status} events={sight.events} />
            <Telemetry status={status} ahead={ahead} />
            <Host board={board} sight={sight} status={status} />
          </>
        )}
      </main>
      <footer>
        {status && `Landfall ${status.version}, process ${status.pid}. `}The same in a terminal:{' '}
        <code>landfall status</code>.
      </footer>
      {opened !== undefined && (
        <PropertySheet
          key={opened}
          board={board}
          access={sight.access}
          name={opened}
          onClose={() => setOpened(undefined)}
        />
      )}
    </div>
  );
}

import { useMemo } from 'preact/hooks';
import type { Sight } from './sight.ts';
import { CopyButton } from './copy-button.tsx';
import { CHART, islandOf } from './island.ts';
import { plainText } from './plain-text.ts';
import { Ago, Facts, Shown } from './shown.tsx';
import type { Standing } from './standing.ts';

/** Who and where this is, and how it stands: what is seen before anything is read. */
export function Landing({ sight, standing }: { readonly sight: Sight; readonly standing: Standing }) {
  const { status, identity, ahead } = sight;
  if (!status)
    return (
      <section class="landing" aria-label="Instance">
        <div class="landing-text">
          <p class="over">Landfall</p>
          <h1>{standing.title}</h1>
          <p class="standing">{standing.reasons.join(' ')}</p>
        </div>
      </section>
    );
  const { region, zone, account, instanceId, role, environment, imageId } = status.identity;
  const { generation, source } = status;
  return (
    <section class="landing" aria-label="Instance">
      <Chart region={region} />
      <div class="landing-text">
        <p class="over">Landed in</p>
        <h1>
          <Shown text={region} most={40} />
        </h1>
        <p class="standing">
          <span class="dot" aria-hidden="true" />
          <b>{standing.title}</b>
          {standing.since !== undefined && (
            <>
              {' '}
              for <Ago at={standing.since} ahead={ahead} />
            </>
          )}
        </p>
        <Facts
          facts={[
            [
              'instance',
              <>
                <Shown text={instanceId} /> <CopyButton text={instanceId} what="the instance's id" />
              </>,
            ],
            ['zone', <Shown text={zone} />],
            ['account', <Shown text={account} />],
            ['role', <Shown text={role ?? 'none'} />],
            ['environment', <Shown text={environment ?? 'none'} />],
            ...(identity?.instanceType === undefined
              ? []
              : ([['type', <Shown text={identity.instanceType} />]] as const)),
            ...(identity?.privateIp === undefined
              ? []
              : ([['address', <Shown text={identity.privateIp} />]] as const)),
            ['image', <Shown text={imageId} />],
          ]}
        />
      </div>
      <ul class="figures">
        <Figure name="generation" value={generation ? String(generation.number) : 'none'}>
          {generation ? (
            <>
              for <Ago at={generation.activatedAt} ahead={ahead} />
            </>
          ) : (
            'nothing is served yet'
          )}
        </Figure>
        <Figure name="release" value={generation?.release ?? source.layout}>
          {generation ? <code>{generation.digest.slice(0, 12)}</code> : source.address}
        </Figure>
        <Figure name="keys" value={generation ? generation.keys.toLocaleString('en') : '0'}>
          in effect
        </Figure>
        <Figure
          name="checked"
          value={source.checkedAt === null ? 'never' : <Ago at={source.checkedAt} ahead={ahead} />}
        >
          {source.checkedAt === null ? `every ${source.interval}` : `ago, every ${source.interval}`}
        </Figure>
      </ul>
    </section>
  );
}

function Figure({
  name,
  value,
  children,
}: {
  readonly name: string;
  readonly value: string | preact.JSX.Element;
  readonly children: preact.ComponentChildren;
}) {
  return (
    <li>
      <span class="over">{name}</span>
      {typeof value === 'string' ? (
        <b class={value.length > 12 ? 'long' : undefined} title={plainText(value)}>
          <Shown text={value} most={80} />
        </b>
      ) : (
        <b>{value}</b>
      )}
      <span class="beside">{children}</span>
    </li>
  );
}

/** The island of the region, as on a sea chart. */
function Chart({ region }: { readonly region: string }) {
  const { land, sea, peak } = useMemo(() => islandOf(region), [region]);
  return (
    <svg class="chart" viewBox={`0 0 ${CHART} ${CHART}`} aria-hidden="true">
      {sea.toReversed().map((path, index) => (
        <path key={path} class={`depth depth-${sea.length - index}`} d={path} />
      ))}
      {land.map((path, index) => (
        <path key={path} class={`land land-${index}`} d={path} />
      ))}
      <g class="pin" transform={`translate(${peak[0].toFixed(1)} ${peak[1].toFixed(1)})`}>
        <circle class="pulse" r="10" />
        <circle r="4.5" />
      </g>
    </svg>
  );
}

import type { Sight } from './sight.ts';
import type { Layer } from './documents.ts';
import { count } from './event-line.ts';
import { Card, Shown } from './shown.tsx';

/** The layers as they lie on each other, the strongest on top, and whose values come through. */
export function LayerStack({
  sight,
  onShow,
}: {
  readonly sight: Sight;
  readonly onShow: (layer: string) => void;
}) {
  const { layers, rows } = sight;
  const total = Math.max(1, rows?.length ?? 0);
  const present = layers.filter(({ state }) => state === 'present').length;
  return (
    <Card title="Layers" says={`${present} of ${layers.length} present`}>
      <ol class="stack" reversed>
        {layers.toReversed().map((layer) => (
          <li key={layer.name} class={layer.state}>
            <LayerRow layer={layer} total={total} onShow={onShow} />
          </li>
        ))}
      </ol>
      <p class="hint">Strongest on top. The bar is the part of all values that are the layer's own.</p>
    </Card>
  );
}

function LayerRow({
  layer,
  total,
  onShow,
}: {
  readonly layer: Layer;
  readonly total: number;
  readonly onShow: (layer: string) => void;
}) {
  const { name, state, reason, files, keys, effective } = layer;
  const own = effective.length;
  const says =
    state === 'present'
      ? `${own.toLocaleString('en')} of ${count(keys, 'key')} in effect`
      : (reason ?? state);
  return (
    <>
      <div class="layer">
        {own > 0 ? (
          <button type="button" class="link" onClick={() => onShow(name)}>
            <Shown text={name} />
            <span class="unheard">: show its values</span>
          </button>
        ) : (
          <span class="layer-name">
            <Shown text={name} />
          </span>
        )}
        <span class="beside">
          <Shown text={says} />
        </span>
      </div>
      {state === 'present' && (
        <>
          <div class="share" aria-hidden="true">
            <span style={{ width: `${(100 * own) / total}%` }} />
          </div>
          {files.length > 0 && (
            <p class="files">
              {files.slice(0, 8).map(({ path, keys: inFile, sha256 }) => (
                <span key={path} title={`sha256 ${sha256}`}>
                  <Shown text={path} most={80} /> <i>{inFile}</i>
                </span>
              ))}
              {files.length > 8 && <span>and {files.length - 8} more</span>}
            </p>
          )}
        </>
      )}
    </>
  );
}

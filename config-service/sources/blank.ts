import { retry, type Retry } from '../kit/outcome.ts';
import { isStoreLayer } from '../layers/store-layer.ts';
import type { Fetched } from './layer-source.ts';

/**
 * Law 6: a source that answers with nothing never blanks what is being served. Two states, told apart because their
 * remedies differ; undefined when the fetch holds something and no file lost its content.
 *
 * - `LF_LAYER_EMPTIED`: a file that had content in `accepted` has none now: a failed upload, a truncated `sync`.
 * - `LF_SOURCE_EMPTY`: no file with content in any layer: a wrong prefix, a bucket not filled yet. Whatever stores have: they
 *   stand in for no folder.
 *
 * @param accepted what the active generation was made from; undefined before the first.
 */
export function blankFetch(
  fetched: Fetched,
  accepted: Fetched | undefined,
  source: string,
): Retry | undefined {
  const filled = new Set(
    (accepted?.layers ?? []).flatMap(({ name, files }) =>
      files.filter(({ bytes }) => bytes.length > 0).map(({ path }) => placeOf(name, path)),
    ),
  );
  const emptied = fetched.layers.flatMap(({ name, files }) =>
    files.filter(({ path, bytes }) => bytes.length === 0 && filled.has(placeOf(name, path))),
  );
  const [first] = emptied;
  if (first) {
    const others = emptied.length === 1 ? '' : ` (and ${emptied.length - 1} more)`;
    return retry({
      code: 'LF_LAYER_EMPTIED',
      operation: 'read',
      subject: first.object,
      cause: `it had content and has 0 bytes now${others}`,
      hint: 'Upload it again. To take it away, delete the object.',
    });
  }
  const folders = fetched.layers.filter(({ name }) => !isStoreLayer(name));
  const hasContent = folders.some(({ files }) => files.some(({ bytes }) => bytes.length > 0));
  if (hasContent || (folders.length === 0 && fetched.layers.length > 0)) return undefined;
  return retry({
    code: 'LF_SOURCE_EMPTY',
    operation: 'read',
    subject: source,
    cause: `none of the layers ${folders.map(({ name }) => name).join(', ')} has content there`,
    hint: 'Check bucket and prefix of the `source` setting, and that the layers were uploaded to this region.',
  });
}

/** A layer's file by name; a newline is in neither part. */
function placeOf(layer: string, path: string): string {
  return `${layer}\n${path}`;
}

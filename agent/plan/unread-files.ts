import { isStoreLayer, strayObjects, unreadName, type LayerContent } from '#config-service';
import type { Problem } from '#kit/errors.ts';

/** More than anybody reads at once. */
const MOST_FILES = 50;

/**
 * What lies at the source as if it were configuration, and is read by nobody: files of a layer with another ending, which
 * nothing of its plan names, and what lies beside every layer.
 * @param properties layers without what their plans name.
 * @param others see `Fetched`.
 */
export function unreadFiles(
  properties: readonly LayerContent[],
  others: readonly string[] | undefined,
  order: readonly string[],
): readonly Problem[] {
  const folders = properties.filter(({ name }) => !isStoreLayer(name));
  const unread = folders.flatMap(({ name, files }) =>
    files.flatMap(({ path }): readonly Problem[] => {
      const message = unreadName(path);
      return message === undefined ? [] : [{ code: 'LF_FILE_UNREAD', message, file: `${name}/${path}` }];
    }),
  );
  return [...unread, ...strayObjects(others ?? [], order, properties)].slice(0, MOST_FILES);
}

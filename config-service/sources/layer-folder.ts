/** The folders of a layer whose content belongs to it, at any depth (docs/properties.md). */
export const CONTENT_FOLDERS: readonly string[] = ['scripts', 'templates', 'files', '.ebextensions'];

/**
 * Whether `path`, relative to a layer's folder, is a file of that layer: directly in the folder, or anywhere below one of
 * the content folders. What lies deeper elsewhere is another layer's: `role/web/environment/prod/app.properties` is no
 * part of `role/web`. A doubled slash is a slip for the folder itself (`aws s3 cp x "s3://b/base/$DIR/x"` with nothing in DIR):
 * the path is the layer's, and refused as one that no file could have. A key that ends with `/` is the marker some tools write for an empty folder.
 */
export function belongsToLayer(path: string): boolean {
  if (path === '' || path.endsWith('/')) return false;
  const [first = '', ...rest] = path.split('/');
  return rest.length === 0 || first === '' || CONTENT_FOLDERS.includes(first);
}

/** `rest` below the prefix of a source; the prefix may be empty and carries no slash at its end. */
export function keyBelow(prefix: string, rest: string): string {
  return prefix === '' ? rest : `${prefix}/${rest}`;
}

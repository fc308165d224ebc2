/**
 * The environment variable of a key: `DB_HOST` of `db.host`. Upper-cased after the replacement: `ß` is one character that
 * is no letter here, not the `SS` it would become.
 */
export function envName(key: string): string {
  const name = key.replaceAll(/[^A-Za-z0-9_]/gu, '_').toUpperCase();
  return /^[0-9]|^$/.test(name) ? `_${name}` : name;
}

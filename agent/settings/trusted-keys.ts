import { parseTrustedKey, type TrustedKey } from '#config-service';
import { fail, ok, type Outcome } from '#kit/outcome.ts';

/** The `trustedKeys` setting, read whole or refused whole (`LF_SETTINGS`): a key left out could leave none. */
export function readTrustedKeys(texts: readonly string[]): Outcome<readonly TrustedKey[]> {
  const keys: TrustedKey[] = [];
  for (const text of texts) {
    const key = parseTrustedKey(text);
    if (!key) {
      return fail({
        code: 'LF_SETTINGS',
        operation: 'read',
        subject: 'trustedKeys',
        cause: `${JSON.stringify(text)} is no public key of a known kind`,
        hint: 'Set LANDFALL_TRUSTED_KEYS to ed25519:BASE64 or kms:BASE64, comma separated; see docs/sources.md.',
      });
    }
    keys.push(key);
  }
  return ok(keys);
}

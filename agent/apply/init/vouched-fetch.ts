import { sha256Hex, type VouchedObjects } from '#config-service';
import { fail, ok, retry, type Outcome } from '#kit/outcome.ts';
import type { FetchObject } from './task.ts';

/** No ETag of S3 begins so. */
const DIGEST_TAG = 'sha256:';

/**
 * Hands on only what the release vouches for. In the place of an ETag stands the digest: what is in place already under the
 * digest that the release names is not asked for again, and what came under an ETag is, once, to be looked at.
 * @param only refuses what the release says nothing of. A file of this host (`file:`) needs no voucher: whoever writes it
 * needs no bucket.
 */
export function vouchedFetch(
  fetch: FetchObject,
  objects: VouchedObjects | undefined,
  only: boolean,
): FetchObject {
  return async (url, { ifNoneMatch, ...options }) => {
    const wanted = objects?.get(url);
    if (wanted === undefined) {
      if (only && !url.startsWith('file:')) return unvouched(url);
      const known = ifNoneMatch?.startsWith(DIGEST_TAG) === true ? undefined : ifNoneMatch;
      return fetch(url, { ...options, ...(known === undefined ? {} : { ifNoneMatch: known }) });
    }
    const etag = `${DIGEST_TAG}${wanted.sha256}`;
    if (ifNoneMatch === etag) return ok({ kind: 'unchanged' });
    const got = await fetch(url, options);
    if (got.kind !== 'ok' || got.value.kind !== 'found') return got;
    const { bytes } = got.value;
    const sha256 = sha256Hex(bytes);
    if (sha256 === wanted.sha256) return ok({ kind: 'found', bytes, etag });
    return retry({
      code: 'LF_DIGEST_MISMATCH',
      operation: 'verify',
      subject: url,
      cause: `it has ${bytes.length} bytes with digest ${sha256}, and the release vouches for ${wanted.size} bytes with ${wanted.sha256}`,
      hint: 'Somebody put another object under this key. If it was meant, publish again, so that the release vouches for it.',
    });
  };
}

function unvouched(url: string): Outcome<never> {
  return fail({
    code: 'LF_OBJECT_UNVOUCHED',
    operation: 'fetch',
    subject: url,
    cause: 'trusted keys are set, and the release does not vouch for it',
    hint: 'Put the object there and publish again with `landfall-ops publish --sign KEY`: the release then holds its digest.',
  });
}

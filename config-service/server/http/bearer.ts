import { createHash, timingSafeEqual } from 'node:crypto';

/** A predicate over the text of a token. Digests are compared, so that neither content nor length takes its own time. */
export function tokenCheck(tokens: readonly string[]): (given: string) => boolean {
  const expected = tokens.map(digestOf);
  return (given) => {
    const digest = digestOf(given);
    return expected.some((one) => timingSafeEqual(digest, one));
  };
}

/** A predicate over the `Authorization` field. */
export function bearerCheck(
  isToken: (given: string) => boolean,
): (authorization: string | undefined) => boolean {
  return (authorization) => {
    const given = authorization === undefined ? undefined : bearerOf(authorization);
    return given !== undefined && isToken(given);
  };
}

/** The token of `Authorization: Bearer`; undefined for another scheme. */
export function bearerOf(authorization: string): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

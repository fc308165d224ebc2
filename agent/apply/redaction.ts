import type { ApplyWork } from './apply-work.ts';

const REDACTED = '[redacted]';

/** Shorter pieces are left: taking every `on` out of an output hides nothing and leaves nothing to read. */
const MIN_PIECE = 4;

export type Redact = (text: string) => string;

/** Takes the secret values of a generation, and of the one before it, out of what commands wrote. */
export function redactionOf({
  next,
  before,
  isSecret,
}: Pick<ApplyWork, 'next' | 'before' | 'isSecret'>): Redact {
  const properties = [...next.effective.values(), ...(before?.effective.values() ?? [])];
  return createRedaction(properties.filter(({ key }) => isSecret(key)).map(({ value }) => value));
}

/**
 * Secrets of several lines (a private key) are looked for line by line as well, for output comes line by line. What a
 * command encodes (base64, JSON) is not recognised.
 */
export function createRedaction(secrets: Iterable<string>): Redact {
  const pieces = [...new Set([...secrets].flatMap((secret) => [secret, ...secret.split(/\s*\n\s*/)]))]
    .filter((piece) => piece.length >= MIN_PIECE)
    .toSorted((a, b) => b.length - a.length);
  return (text) => {
    let redacted = text;
    for (const piece of pieces) redacted = redacted.replaceAll(piece, () => REDACTED);
    return withoutCutHead(redacted, pieces);
  };
}

/** The tail of an output may begin in the middle of a secret. */
function withoutCutHead(text: string, pieces: readonly string[]): string {
  for (const piece of pieces) {
    for (let length = piece.length - 1; length >= MIN_PIECE; length -= 1) {
      if (text.startsWith(piece.slice(-length))) return REDACTED + text.slice(length);
    }
  }
  return text;
}

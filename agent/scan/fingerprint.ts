import { createHash } from 'node:crypto';

/** Names a finding by what it says and not by where it stands: its line may move. */
export type Fingerprint = (subject: {
  readonly region: string | null;
  readonly kind: string;
  readonly text: string;
}) => string;

/**
 * For the findings of one file, in order. `relative` is the path below the scanned root, so that the same image gives the
 * same fingerprints wherever it is mounted. What occurs several times is numbered.
 */
export function fingerprintsIn(relative: string): Fingerprint {
  const seen = new Map<string, number>();
  return ({ region, kind, text }) => {
    const subject = [relative, kind, region ?? '', text].join('\0');
    const ordinal = seen.get(subject) ?? 0;
    seen.set(subject, ordinal + 1);
    return createHash('sha256').update(`${subject}\0${ordinal}`).digest('hex');
  };
}

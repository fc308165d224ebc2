import type { SealKey } from '../seal/seal-key.ts';
import { createSealedDocument, rowsEncoding, type SealedDocument } from '../seal/sealed-document.ts';

/** One parameter or secret as it was last read: whole, also when only a field of it is in use. */
export interface KeptSecret {
  readonly service: 'ssm' | 'secretsmanager';
  readonly id: string;
  /** See `SecretName`. */
  readonly selector: string;
  /** As its service gave it. */
  readonly arn?: string | undefined;
  readonly text: string;
  /** See `ExternalValue`. */
  readonly version: string;
  /** Epoch ms of the last time the service said so. */
  readonly readAt: number;
}

/**
 * The last good secrets, in `<folder>/secrets.sealed`: for an instance that starts while their services are down. Only
 * this instance can open it (law 3); no secret is anywhere else on the disk. Removed when no secret is in use any more.
 */
export type SecretsCache = SealedDocument<readonly KeptSecret[]>;

export function createSecretsCache(folder: string, key: SealKey): SecretsCache {
  return createSealedDocument(folder, 'secrets', key, ENCODING);
}

type Row = Omit<KeptSecret, 'selector'> & { readonly selector?: string };

const ENCODING = rowsEncoding<KeptSecret, Row>({
  format: 1,
  rowOf: ({ service, id, selector, arn, text, version, readAt }) => {
    return { service, id, selector, arn, text, version, readAt };
  },
  // Rows of agents that knew no selectors have none.
  entryOf: (row) => ({ ...row, selector: row.selector ?? '' }),
});

import type { Outcome } from '../kit/outcome.ts';
import { createSealedFile, type Ignored } from './sealed-file.ts';
import type { SealKey } from './seal-key.ts';

/** One parameter or secret as it was last read: whole, also when only a field of it is in use. */
export interface KeptSecret {
  readonly service: 'ssm' | 'secretsmanager';
  readonly id: string;
  readonly text: string;
  /** See `ExternalValue`. */
  readonly version: string;
  /** Epoch ms of the last time the service said so. */
  readonly readAt: number;
}

export type KeptSecretsResult =
  | { readonly kind: 'loaded'; readonly secrets: readonly KeptSecret[] }
  | { readonly kind: 'absent' }
  | Ignored;

/**
 * The last good secrets, in `<folder>/secrets.sealed`: for an instance that starts while their services are down. Only
 * this instance can open it (law 3); no secret is anywhere else on the disk.
 */
export interface SecretsCache {
  load(): Promise<KeptSecretsResult>;
  save(secrets: readonly KeptSecret[]): Promise<Outcome<void>>;
  /** For when no secret is in use any more; no file is fine, too. */
  remove(): Promise<Outcome<void>>;
}

const FORMAT = 1;

export function createSecretsCache(folder: string, key: SealKey): SecretsCache {
  const file = createSealedFile(folder, 'secrets', key);
  return {
    async load() {
      const loaded = await file.load();
      if (loaded.kind !== 'loaded') return loaded;
      const secrets = decode(loaded.plaintext);
      if (secrets) return { kind: 'loaded', secrets };
      return { kind: 'ignored', why: 'unreadable', reason: 'another version of Landfall wrote it' };
    },
    save: (secrets) => file.save(encode(secrets)),
    remove: () => file.remove(),
  };
}

function encode(secrets: readonly KeptSecret[]): Uint8Array {
  const rows = secrets.map(({ service, id, text, version, readAt }) => ({
    service,
    id,
    text,
    version,
    readAt,
  }));
  return Buffer.from(JSON.stringify({ format: FORMAT, rows }), 'utf8');
}

/** What passed the seal is what this instance wrote: only another version of Landfall has to be told apart. */
function decode(plaintext: Uint8Array): readonly KeptSecret[] | undefined {
  try {
    const text = Buffer.from(plaintext).toString('utf8');
    const document = JSON.parse(text) as { format: number; rows: readonly KeptSecret[] };
    return document.format === FORMAT && Array.isArray(document.rows) ? document.rows : undefined;
  } catch {
    return undefined;
  }
}

import type { Outcome } from '../kit/outcome.ts';
import { createSealedFile, type Ignored } from './sealed-file.ts';
import type { SealKey } from './seal-key.ts';

/** A value an operator set at run time. Times are epoch ms. */
export interface StoredOverride {
  readonly key: string;
  readonly value: string;
  readonly reason: string;
  readonly setAt: number;
  readonly expiresAt: number;
}

export type OverridesResult =
  | { readonly kind: 'loaded'; readonly overrides: readonly StoredOverride[] }
  | { readonly kind: 'absent' }
  | Ignored;

/** The runtime overrides of this instance, in `<folder>/overrides.sealed`. Expired ones are the caller's to drop. */
export interface OverridesFile {
  load(): Promise<OverridesResult>;
  save(overrides: readonly StoredOverride[]): Promise<Outcome<void>>;
  remove(): Promise<Outcome<void>>;
}

const FORMAT = 1;

export function createOverridesFile(folder: string, key: SealKey): OverridesFile {
  const file = createSealedFile(folder, 'overrides', key);
  return {
    async load() {
      const loaded = await file.load();
      if (loaded.kind !== 'loaded') return loaded;
      const overrides = decode(loaded.plaintext);
      if (overrides) return { kind: 'loaded', overrides };
      return { kind: 'ignored', why: 'unreadable', reason: 'another version of Landfall wrote it' };
    },
    save: (overrides) => file.save(encode(overrides)),
    remove: () => file.remove(),
  };
}

function encode(overrides: readonly StoredOverride[]): Uint8Array {
  const rows = overrides.map(({ key, value, reason, setAt, expiresAt }) => [
    key,
    value,
    reason,
    setAt,
    expiresAt,
  ]);
  return Buffer.from(JSON.stringify({ format: FORMAT, rows }), 'utf8');
}

function decode(plaintext: Uint8Array): readonly StoredOverride[] | undefined {
  try {
    const text = Buffer.from(plaintext).toString('utf8');
    const document = JSON.parse(text) as { format: number; rows: [string, string, string, number, number][] };
    if (document.format !== FORMAT) return undefined;
    return document.rows.map(([key, value, reason, setAt, expiresAt]) => ({
      key,
      value,
      reason,
      setAt,
      expiresAt,
    }));
  } catch {
    return undefined;
  }
}

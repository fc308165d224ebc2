import type { Outcome } from '../../kit/outcome.ts';
import { createSealedFile, type Ignored } from './sealed-file.ts';
import type { SealKey } from './seal-key.ts';

/** A sealed file with a meaning: what only this instance can read back, replaced as a whole. */
export interface SealedDocument<Content> {
  /** Never fails: what cannot be used is ignored, with the reason. */
  load(): Promise<
    { readonly kind: 'loaded'; readonly content: Content } | { readonly kind: 'absent' } | Ignored
  >;
  save(content: Content): Promise<Outcome<void>>;
  /** No file is fine, too. */
  remove(): Promise<Outcome<void>>;
}

/** What passed the seal is what this instance wrote: only another version of Landfall has to be told apart. */
export interface Encoding<Content> {
  encode(content: Content): Uint8Array;
  /** Undefined: another version wrote it. */
  decode(plaintext: Uint8Array): Content | undefined;
}

/** The file `<folder>/<purpose>.sealed`. */
export function createSealedDocument<Content>(
  folder: string,
  purpose: string,
  key: SealKey,
  encoding: Encoding<Content>,
): SealedDocument<Content> {
  const file = createSealedFile(folder, purpose, key);
  return {
    async load() {
      const loaded = await file.load();
      if (loaded.kind !== 'loaded') return loaded;
      const content = encoding.decode(loaded.plaintext);
      if (content !== undefined) return { kind: 'loaded', content };
      return { kind: 'ignored', why: 'unreadable', reason: 'another version of Landfall wrote it' };
    },
    save: (content) => file.save(encoding.encode(content)),
    remove: () => file.remove(),
  };
}

export interface RowFormat<Entry, Row> {
  /** Moves when a reader of the old rows would misread the new ones. */
  readonly format: number;
  readonly rowOf: (entry: Entry) => Row;
  readonly entryOf: (row: Row) => Entry;
}

/** A list as JSON, `{"format": 1, "rows": [...]}`. */
export function rowsEncoding<Entry, Row>({
  format,
  rowOf,
  entryOf,
}: RowFormat<Entry, Row>): Encoding<readonly Entry[]> {
  return {
    encode: (entries) => Buffer.from(JSON.stringify({ format, rows: entries.map(rowOf) }), 'utf8'),
    decode(plaintext) {
      try {
        const document = JSON.parse(Buffer.from(plaintext).toString('utf8')) as {
          format: number;
          rows: Row[];
        };
        return document.format === format ? document.rows.map(entryOf) : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

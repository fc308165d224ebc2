import type { Outcome } from '#kit/outcome.ts';

/** What apply keeps across restarts; sealed and stamped by whoever implements it (law 3). */
export type ApplyRecord =
  /** Which scripts and hooks ran, by name and content. */
  | 'applied'
  /** A change of files under way, with what it takes to finish or undo it. */
  | 'apply-journal'
  /** Where a run of AWS::CloudFormation::Init documents stands; restart triggers not yet served. */
  | 'init-progress'
  /** The deployed version and those kept for rollback. */
  | 'deployed'
  /** What claims have found, and what they had begun. */
  | 'claims';

export interface ApplyStore {
  /** Undefined: nothing of this instance is kept under that name. */
  load(record: ApplyRecord): Promise<Uint8Array | undefined>;
  /** Durable when it resolves with ok. */
  save(record: ApplyRecord, bytes: Uint8Array): Promise<Outcome<void>>;
  remove(record: ApplyRecord): Promise<Outcome<void>>;
}

/** What Landfall put on this host: a file that it rendered, a link, a folder with all below it. */
export interface RenderedFile {
  /** Absolute. */
  readonly path: string;
  /** Lower-case hex SHA-256 of what was rendered; of a link, of where it leads. Empty where that is not known. */
  readonly sha256: string;
  /**
   * Undefined: a regular file. `folder`: made on the way to something else. `tree`: a folder that Landfall made, with all below
   * it. `owned`: whatever lies there, as the plan says of a command.
   */
  readonly kind?: 'link' | 'folder' | 'tree' | 'owned';
  readonly mount?: string;
}

/**
 * The list the fence reads on the next boot: in another region, every file in it goes before anything else happens. It
 * is stamped and not sealed, for there it has to be read without the key: paths and digests, never values.
 */
export interface RenderedRegister {
  load(): Promise<readonly RenderedFile[]>;
  /** Durable when it resolves with ok. Before anything is put in place its path is in the register. */
  save(files: readonly RenderedFile[]): Promise<Outcome<void>>;
}

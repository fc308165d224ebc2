/** What a document may ask for at most. */
export const INIT_LIMITS = {
  /** A document, and the content of one file of it. */
  contentBytes: 16 * 1024 * 1024,
  /** All files of a run that come from S3: they are in memory at once, for the guard sees them before anything runs. */
  fetchedBytes: 64 * 1024 * 1024,
  archiveBytes: 256 * 1024 * 1024,
  depth: 100,
  /** Configs of a run after the sets are unfolded; sets of sets double quickly. */
  configs: 1000,
  /** Output of a command that is read back. */
  outputBytes: 1024 * 1024,
} as const;

/** Milliseconds. cfn-init waits forever; a boot must end. */
export const INIT_TIMEOUTS = {
  query: 60_000,
  packages: 30 * 60_000,
  command: 60 * 60_000,
  unpack: 15 * 60_000,
} as const;

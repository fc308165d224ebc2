/** `ENOENT` and the like; empty for anything that is no error of the system. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** The errno, and of anything else its text. */
export function errnoOrText(error: unknown): string {
  return errnoOf(error) || String(error);
}

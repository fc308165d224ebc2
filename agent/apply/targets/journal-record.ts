import type { Outcome } from '#kit/outcome.ts';
import { EMPTY_JOURNAL, printJournal, readJournal, type ApplyJournal } from './apply-journal.ts';
import type { RenderedFile } from '../apply-store.ts';
import type { ApplyHost } from '../apply-work.ts';
import { missingFolders } from './registration.ts';

/** What the last change left, or left undone. */
export async function loadJournal({ store, logger }: ApplyHost): Promise<ApplyJournal> {
  const bytes = await store.load('apply-journal');
  if (bytes === undefined) return EMPTY_JOURNAL;
  const journal = readJournal(bytes);
  if (journal === undefined)
    logger.warn('the journal of the targets is of another version and is left alone');
  return journal ?? EMPTY_JOURNAL;
}

/**
 * Makes the register and the journal say what is on the host, or is about to be. The register goes first and during a
 * change names files as they were and as they will be: whatever a crash leaves is in it. What others registered stays.
 */
export async function keepJournal(
  next: ApplyJournal,
  before: ApplyJournal,
  host: ApplyHost,
): Promise<Outcome<void>> {
  const registered = await host.register.load();
  const ours = new Set([...pathsOf(before), ...pathsOf(next)]);
  const arriving = (next.change?.files ?? []).filter(({ after }) => after !== undefined);
  const known = new Set(registered.map(({ path }) => path));
  const folders = await missingFolders(arriving.map(({ path }) => path));
  const wanted = [
    ...registered.filter(({ path }) => !ours.has(path)),
    ...folders.filter(({ path }) => !known.has(path)),
    ...filesOf(next),
  ];
  if (printed(registered) !== printed(wanted)) {
    const saved = await host.register.save(wanted);
    if (saved.kind !== 'ok') return saved;
  }
  return host.store.save('apply-journal', printJournal(next));
}

function filesOf({ managed, change }: ApplyJournal): readonly RenderedFile[] {
  const files = [...managed, ...(change?.managed ?? [])].map(({ path, sha256 }) => ({ path, sha256 }));
  return [...new Map(files.map((file) => [printed([file]), file])).values()];
}

function pathsOf({ managed, change, origin }: ApplyJournal): readonly string[] {
  const files = [...(change?.files ?? []), ...(origin?.files ?? [])];
  return [...managed, ...(change?.managed ?? []), ...files].map(({ path }) => path);
}

function printed(files: readonly RenderedFile[]): string {
  return files.map(({ path, sha256, kind = '' }) => `${kind} ${sha256} ${path}\n`).join('');
}

import { ok, type Outcome } from '#kit/outcome.ts';
import type { ApplyJournal, ChangeUnderWay, FileChange, Origin } from './apply-journal.ts';
import type { ApplyHost, Change } from '../apply-work.ts';
import { undoChange, type ChangeContext } from './file-change.ts';
import { keepJournal, loadJournal } from './journal-record.ts';

/** Before the change, so that a kill at any instruction loses nothing of what was there first. */
export function withOrigin(journal: ApplyJournal, { files, reloads }: ChangeUnderWay): ApplyJournal {
  if (files.length === 0) return journal;
  const known: Origin = journal.origin ?? { files: [], reloads: [], managed: journal.managed };
  return { ...journal, origin: { ...known, files: joined(known.files, files), reloads } };
}

/** The generation ended well: what was there before it is nothing to go back to any more. */
export async function settleOrigin(host: ApplyHost): Promise<Outcome<void>> {
  const journal = await loadJournal(host);
  if (journal.origin === undefined) return ok(undefined);
  return keepJournal({ ...journal, origin: undefined }, journal, host);
}

/** Puts back what was there before Landfall changed it, and tells the services. Gives what was put back. */
export async function undoOrigin(context: ChangeContext): Promise<Outcome<readonly Change[]>> {
  const { host } = context;
  const journal = await loadJournal(host);
  const { origin } = journal;
  if (origin === undefined) {
    context.onUndone();
    return ok([]);
  }
  const { files, reloads, managed } = origin;
  const before: ApplyJournal = { managed, owed: journal.owed, change: undefined };
  const undone = await undoChange({ files, reloads, managed: journal.managed }, before, reloads, context);
  if (undone.kind !== 'ok') return undone;
  return ok(files.map(({ name, path }) => ({ entry: name, subject: path, action: 'restore' })));
}

/** As it was first, and as it is wanted last. */
function joined(first: readonly FileChange[], next: readonly FileChange[]): readonly FileChange[] {
  const before = new Map(first.map((file) => [file.path, file]));
  const changed = new Set(next.map(({ path }) => path));
  return [
    ...first.filter(({ path }) => !changed.has(path)),
    ...next.map((file) => {
      const known = before.get(file.path);
      return known ? { ...file, before: known.before } : file;
    }),
  ];
}

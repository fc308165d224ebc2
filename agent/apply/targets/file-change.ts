import type { Fault } from '#kit/errors.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { ApplyJournal, ChangeUnderWay, FileChange, ReloadLine } from './apply-journal.ts';
import type { ApplyHost } from '../apply-work.ts';
import { differenceOf, readImage, type FileImage } from './file-image.ts';
import { keepJournal } from './journal-record.ts';
import type { Redact } from '../redaction.ts';
import { runReload } from './reload.ts';
import { putImage, removeTemporary } from './replacement.ts';

/** An entry that failed alone: its target is as it was. */
export interface TargetFailure {
  /** Such as `templates.nginx`. */
  readonly name: string;
  readonly fault: Fault;
}

/** With whom and for how long. */
export interface Surroundings {
  readonly host: ApplyHost;
  readonly redact: Redact;
  readonly signal: AbortSignal;
}

export interface ChangeContext extends Surroundings {
  /** Called when all files are back, before the services are told. */
  readonly onUndone: () => void;
}

/**
 * The second half of a change whose files are all in place: tells the services. A reload that fails for everything puts
 * all files back, one that fails for independent targets puts theirs back; the services are told again either way.
 * A retry leaves the change under way: the next start goes on here.
 */
export async function finishChange(
  change: ChangeUnderWay,
  journal: ApplyJournal,
  context: ChangeContext,
): Promise<Outcome<readonly TargetFailure[]>> {
  const { host, redact, signal } = context;
  const failures: TargetFailure[] = [];
  const owed: ReloadLine[] = [];
  let { managed } = change;
  for (const [index, reload] of change.reloads.entries()) {
    const outcome = await runReload(reload, host, redact, signal);
    if (outcome.kind === 'ok') continue;
    if (outcome.kind === 'retry') return outcome;
    const { fault } = outcome;
    if (reload.weight === 'all') {
      const undone = await undoChange(change, journal, change.reloads.slice(0, index + 1), context);
      return undone.kind === 'ok' ? fail(afterReload(fault)) : undone;
    }
    host.logger.warn('a reload failed', { entries: reload.names, code: fault.code });
    if (reload.weight === 'owed') owed.push(reload);
    if (reload.weight !== 'own') continue;
    const names = new Set(reload.names);
    await putBack(
      change.files.filter(({ name }) => names.has(name)),
      host,
    );
    const again = await runReload(reload, host, redact, signal);
    if (again.kind === 'retry') return again;
    if (again.kind === 'fail') owed.push(reload);
    failures.push(...reload.names.map((name) => ({ name, fault })));
    managed = [
      ...managed.filter(({ name }) => !names.has(name)),
      ...journal.managed.filter(({ name }) => names.has(name)),
    ];
  }
  await settle({ ...journal, managed, owed, change: undefined }, { ...journal, change }, host);
  return ok(failures);
}

/** Puts all files back and tells the services of `reloads` so. Fails when the disk does. */
export async function undoChange(
  change: ChangeUnderWay,
  journal: ApplyJournal,
  reloads: readonly ReloadLine[],
  { host, redact, signal, onUndone }: ChangeContext,
): Promise<Outcome<void>> {
  const back = await putBack(change.files, host);
  // Also when a file could not be put back: the others are what they were.
  onUndone();
  if (back.kind !== 'ok') return back;
  const told = new Set(reloads.map(({ line }) => line));
  const owed = journal.owed.filter(({ line }) => !told.has(line));
  for (const reload of reloads) {
    const outcome = await runReload(reload, host, redact, signal);
    if (outcome.kind === 'retry') return outcome;
    if (outcome.kind === 'ok') continue;
    host.logger.error('a reload failed with the files of before', { entries: reload.names });
    owed.push(reload);
  }
  const origin = originAfter(change, journal);
  await settle({ ...journal, owed, origin, change: undefined }, { ...journal, change }, host);
  return ok(undefined);
}

/** Whether every file is as the change wants it; then it only has to be finished. */
export async function isInPlace({ files }: ChangeUnderWay): Promise<boolean> {
  for (const { path, after } of files) {
    const there = await readImage(path);
    if (there.kind !== 'ok' || !matches(there.value, after)) return false;
  }
  return true;
}

/** Each file that is as the change wanted it becomes what it was. One that somebody edited since is left. */
export async function putBack(files: readonly FileChange[], { logger }: ApplyHost): Promise<Outcome<void>> {
  let failure: Outcome<void> = ok(undefined);
  for (const { path, before, after } of files) {
    await removeTemporary(path);
    const there = await readImage(path);
    if (there.kind !== 'ok') {
      logger.error('a target cannot be put back', { path, code: there.fault.code });
      failure = there;
    } else if (matches(there.value, before)) continue;
    else if (matches(there.value, after)) {
      const put = await putImage(path, before);
      if (put.kind === 'ok') continue;
      logger.error('a target cannot be put back', { path, code: put.fault.code });
      failure = put;
    } else logger.warn('a target was edited during a change and is left as it is', { path });
  }
  return failure;
}

function matches(there: FileImage | undefined, wanted: Omit<FileImage, 'bytes'> | undefined): boolean {
  if (there === undefined || wanted === undefined) return there === wanted;
  return differenceOf(there, wanted) === undefined;
}

/** What is as it was first needs no going back to. */
function originAfter({ files }: ChangeUnderWay, { origin }: ApplyJournal): ApplyJournal['origin'] {
  if (origin === undefined) return undefined;
  const back = new Map(files.map((file) => [file.path, file]));
  const left = origin.files.filter(({ path, before }) => {
    const undone = back.get(path);
    return undone === undefined || !matches(before, undone.before);
  });
  return left.length === 0 ? undefined : { ...origin, files: left };
}

/** The host is as it should be; when only that cannot be written down, the next start finds it out again. */
async function settle(next: ApplyJournal, before: ApplyJournal, host: ApplyHost): Promise<void> {
  const kept = await keepJournal(next, before, host);
  if (kept.kind !== 'ok')
    host.logger.warn('the journal of the targets cannot be closed', { code: kept.fault.code });
}

function afterReload(fault: Fault): Fault {
  return { ...fault, cause: `${fault.cause}; the files of before are back` };
}

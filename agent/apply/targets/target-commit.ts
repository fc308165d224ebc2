import { ok, type Outcome } from '#kit/outcome.ts';
import {
  printJournal,
  type ApplyJournal,
  type ChangeUnderWay,
  type FileChange,
  type ManagedTarget,
} from './apply-journal.ts';
import type { ApplyHost } from '../apply-work.ts';
import type { TargetEntry } from '../../plan/plan.ts';
import { shellLiteral } from '../render/escapes.ts';
import { finishChange, putBack, undoChange, type Surroundings, type TargetFailure } from './file-change.ts';
import { unsafeTarget } from './file-fault.ts';
import { readImage } from './file-image.ts';
import { keepJournal } from './journal-record.ts';
import { withOrigin } from './origin.ts';
import { reloadLines, withOwed } from './reload.ts';
import { putImage } from './replacement.ts';
import { lookAgain, type TargetPlan } from './target-plan.ts';

/** What a change puts back is held in memory and in the journal. */
const MAX_BEFORE_BYTES = 128 * 1024 * 1024;

/**
 * Register, journal, files, `flip`, reloads: in this order, so that a `kill -9` between any two steps leaves what
 * `recoverTargets` can end. Gives what failed alone.
 */
export async function commitPlan(
  plan: TargetPlan,
  last: ApplyJournal,
  around: Surroundings,
  { flip, flipBack, isFirst }: Turn,
): Promise<Outcome<readonly TargetFailure[]>> {
  const { host } = around;
  const failures: TargetFailure[] = [];
  const files = await filesOf(plan, host, failures);
  if (files.kind !== 'ok') return files;
  const change = without(underWay(plan, files.value, last), failures, last);
  const journal = isFirst ? withOrigin(last, change) : { ...last, origin: undefined };
  const isNothing = change.files.length === 0 && change.reloads.length === 0;
  const next: ApplyJournal = isNothing
    ? { ...journal, managed: change.managed, owed: [], change: undefined }
    : { ...journal, change };
  const kept = await keepUnlessKept(next, last, host);
  if (kept.kind !== 'ok') return kept;
  let flipped = false;
  const onUndone = (): void => {
    if (flipped) flipBack();
  };
  const context = { ...around, onUndone };
  const put = await putAll(change.files, plan, host, failures);
  if (put.kind !== 'ok') {
    const undone = await undoChange(change, journal, [], context);
    return undone.kind === 'ok' ? put : undone;
  }
  flip();
  flipped = true;
  if (isNothing) return ok(failures);
  const finished = await finishChange(without(change, failures, journal), journal, context);
  return finished.kind === 'ok' ? ok([...failures, ...finished.value]) : finished;
}

/** When readers see it, and what there is to go back to. */
export interface Turn {
  readonly flip: () => void;
  readonly flipBack: () => void;
  /** No generation is in effect here that could be gone back to: what was there before is kept until this one ended well. */
  readonly isFirst: boolean;
}

/** What is there now, beside what shall be: read as late as possible, for this is what is put back. */
async function filesOf(
  { planned, departed }: TargetPlan,
  host: ApplyHost,
  failures: TargetFailure[],
): Promise<Outcome<readonly FileChange[]>> {
  const files: FileChange[] = [];
  let total = 0;
  for (const one of planned) {
    if (one.change === undefined) continue;
    const { target, path, wanted } = one;
    const { name, entry } = target;
    const before = await lookAgain(one, host);
    if (before.kind === 'ok') {
      const { sha256, mode, uid, gid } = wanted;
      files.push({ name, path, before: before.value, after: { sha256, mode, uid, gid } });
      total += before.value?.bytes.length ?? 0;
    } else if (entry.independent) failures.push({ name, fault: before.fault });
    else return before;
  }
  for (const { managed } of departed) {
    const { name, path } = managed;
    const before = await readImage(path);
    if (before.kind !== 'ok') return before;
    files.push({ name, path, before: before.value, after: undefined });
    total += before.value?.bytes.length ?? 0;
  }
  if (total > MAX_BEFORE_BYTES) {
    const cause = `the files to be replaced have ${total} bytes together, more than could be put back`;
    return unsafeTarget('the targets', cause, 'Replace them in several steps.');
  }
  return ok(files);
}

function underWay(plan: TargetPlan, files: readonly FileChange[], { owed }: ApplyJournal): ChangeUnderWay {
  const changing = new Set(files.map(({ name }) => name));
  const asking = plan.planned
    .filter(({ target }) => changing.has(target.name))
    .map(({ target: { name, entry }, path }) => {
      const weight = entry.independent ? ('own' as const) : ('all' as const);
      return { name, reload: reloadOf(entry, path), timeoutMs: entry.timeoutMs, weight };
    });
  const leaving = plan.departed.map(({ managed }) => ({ ...managed, weight: 'none' as const }));
  const planned = plan.planned.map(({ target: { name, entry, sha256 }, path }) => {
    return { name, path, sha256, reload: reloadOf(entry, path), timeoutMs: entry.timeoutMs };
  });
  return {
    files,
    reloads: withOwed(reloadLines([...asking, ...leaving]), owed),
    managed: sorted([...planned, ...plan.kept]),
  };
}

/** `{path}` stands for the target, as in a check for the staged file. */
function reloadOf({ reload }: TargetEntry, path: string): string | undefined {
  return reload?.replaceAll('{path}', () => shellLiteral(path));
}

/** The change without what failed alone, whose targets stay as the last change left them. */
function without(
  change: ChangeUnderWay,
  failures: readonly TargetFailure[],
  { managed }: ApplyJournal,
): ChangeUnderWay {
  if (failures.length === 0) return change;
  const failed = new Set(failures.map(({ name }) => name));
  const others = change.managed.filter(({ name }) => !failed.has(name));
  return {
    ...change,
    files: change.files.filter(({ name }) => !failed.has(name)),
    managed: sorted([...others, ...managed.filter(({ name }) => failed.has(name))]),
  };
}

/** One file after the other; the first that cannot be put in place ends it, unless it is independent. */
async function putAll(
  files: readonly FileChange[],
  { planned }: TargetPlan,
  host: ApplyHost,
  failures: TargetFailure[],
): Promise<Outcome<void>> {
  const wanted = new Map(planned.map((one) => [one.path, one]));
  for (const file of files) {
    const one = wanted.get(file.path);
    const put = await putImage(file.path, one?.wanted);
    if (put.kind === 'ok') continue;
    if (one?.target.entry.independent !== true) return put;
    host.logger.warn('an independent target failed', { entry: file.name, code: put.fault.code });
    await putBack([file], host);
    failures.push({ name: file.name, fault: put.fault });
  }
  return ok(undefined);
}

/** A target that needed no change may still be new to the register: on an image it lay there already. */
async function keepUnlessKept(
  next: ApplyJournal,
  before: ApplyJournal,
  host: ApplyHost,
): Promise<Outcome<void>> {
  const registered = new Set((await host.register.load()).map(({ path, sha256 }) => `${sha256} ${path}`));
  const isListed = next.managed.every(({ path, sha256 }) => registered.has(`${sha256} ${path}`));
  return isListed && printJournal(next).equals(printJournal(before))
    ? ok(undefined)
    : keepJournal(next, before, host);
}

function sorted(managed: readonly ManagedTarget[]): readonly ManagedTarget[] {
  return managed.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

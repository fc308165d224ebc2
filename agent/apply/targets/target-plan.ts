import { dirname } from 'node:path';
import { ok, type Outcome } from '#kit/outcome.ts';
import type { TargetEntry } from '../../plan/plan.ts';
import type { ManagedTarget } from './apply-journal.ts';
import type { ApplyHost, Change } from '../apply-work.ts';
import type { TargetFailure } from './file-change.ts';
import { unsafeTarget } from './file-fault.ts';
import { differenceOf, readImage, type FileImage } from './file-image.ts';
import { ownershipOf } from './ownership.ts';
import type { RenderedTarget } from '../render/rendering.ts';
import { resolveTarget } from './target-path.ts';

/** A target, where it really lies, and what it shall be there. */
export interface PlannedTarget {
  readonly target: RenderedTarget;
  /** Real path. */
  readonly path: string;
  readonly wanted: FileImage;
  /** Undefined: it is so already. */
  readonly change: Change | undefined;
}

export interface DepartedTarget {
  readonly managed: ManagedTarget;
  readonly change: Change;
}

export interface TargetPlan {
  readonly planned: readonly PlannedTarget[];
  /** Targets of earlier plans that nobody asks for any more and nobody edited: to be removed. */
  readonly departed: readonly DepartedTarget[];
  /** Targets that stay as they were left: independent ones that failed, edited ones without an entry. */
  readonly kept: readonly ManagedTarget[];
  readonly failures: readonly TargetFailure[];
}

/** Compares what was rendered with what is there. Changes nothing. */
export async function planTargets(
  rendered: readonly RenderedTarget[],
  failed: readonly TargetFailure[],
  managed: readonly ManagedTarget[],
  host: ApplyHost,
): Promise<Outcome<TargetPlan>> {
  const planned: PlannedTarget[] = [];
  const failures = [...failed];
  const owners = new Map<string, string>();
  for (const target of rendered) {
    const one = await planTarget(target, owners, host);
    if (one.kind === 'ok') planned.push(one.value);
    else if (target.entry.independent) failures.push({ name: target.name, fault: one.fault });
    else return one;
  }
  const below = planned.find(({ path }) => ancestors(path).some((folder) => owners.has(folder)));
  if (below)
    return unsafeTarget(below.path, 'another target of the plan is its folder', 'Choose another target.');
  const failedNames = new Set(failures.map(({ name }) => name));
  const departed: DepartedTarget[] = [];
  const kept: ManagedTarget[] = [];
  for (const one of managed) {
    if (owners.has(one.path)) continue;
    if (failedNames.has(one.name)) kept.push(one);
    else {
      const fate = await fateOf(one, host);
      if (fate === 'remove') departed.push(departure(one));
      else if (fate === 'leave') kept.push(one);
    }
  }
  return ok({ planned, departed, kept, failures });
}

/** Looks once more, right before it is replaced: what is put back later is what was there last. */
export async function lookAgain(
  { target, path }: PlannedTarget,
  host: ApplyHost,
): Promise<Outcome<FileImage | undefined>> {
  const resolved = await resolveTarget(target.entry.target, host.uid);
  if (resolved.kind !== 'ok') return resolved;
  if (resolved.value !== path)
    return unsafeTarget(target.entry.target, 'its folder was changed meanwhile', 'Apply again.');
  return readImage(path);
}

async function planTarget(
  target: RenderedTarget,
  owners: Map<string, string>,
  host: ApplyHost,
): Promise<Outcome<PlannedTarget>> {
  const { entry, name } = target;
  const path = await resolveTarget(entry.target, host.uid);
  if (path.kind !== 'ok') return path;
  const other = owners.get(path.value);
  if (other !== undefined)
    return unsafeTarget(
      entry.target,
      `${other} and ${name} both write it`,
      'Take one of them out of the plan.',
    );
  owners.set(path.value, name);
  const there = await readImage(path.value);
  if (there.kind !== 'ok') return there;
  const ownership = await ownershipOf(entry);
  if (ownership.kind !== 'ok') return ownership;
  const wanted = wantedImage(target, entry, there.value, ownership.value);
  return ok({ target, path: path.value, wanted, change: changeOf(target, there.value, wanted) });
}

/**
 * Mode and owner: as the plan says, else as they are. A secret is for the owner alone unless the plan gives a mode, also in
 * a file that was open before it held one.
 */
function wantedImage(
  { bytes, sha256, newMode, secret }: RenderedTarget,
  entry: TargetEntry,
  there: FileImage | undefined,
  { uid, gid }: { readonly uid: number | undefined; readonly gid: number | undefined },
): FileImage {
  const usual = there?.mode ?? newMode;
  const mode = entry.mode ?? (secret ? usual & OWNER_ONLY : usual);
  return { bytes, sha256, mode, uid: uid ?? there?.uid ?? -1, gid: gid ?? there?.gid ?? -1 };
}

const OWNER_ONLY = 0o700;

function changeOf(
  { name: entry, entry: { target: subject } }: RenderedTarget,
  there: FileImage | undefined,
  wanted: FileImage,
): Change | undefined {
  if (there === undefined) return { entry, subject, action: 'create' };
  const reason = differenceOf(there, wanted);
  return reason === undefined ? undefined : { entry, subject, action: 'replace', reason };
}

async function fateOf(
  { path, name, sha256 }: ManagedTarget,
  { logger }: ApplyHost,
): Promise<'remove' | 'leave' | 'gone'> {
  const there = await readImage(path);
  if (there.kind === 'ok' && there.value === undefined) return 'gone';
  if (there.kind === 'ok' && there.value?.sha256 === sha256) return 'remove';
  logger.warn('a target has left the plan and was edited since: it stays', { path, entry: name });
  return 'leave';
}

function departure(managed: ManagedTarget): DepartedTarget {
  const { name: entry, path: subject } = managed;
  return { managed, change: { entry, subject, action: 'remove', reason: 'no longer in the plan' } };
}

function ancestors(path: string): readonly string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...ancestors(folder)];
}

import { existsSync, readFileSync, readdirSync, readlinkSync, statSync, type Dirent } from 'node:fs';
import { basename } from 'node:path';
import { bytePathOf, joined, toShown, toSystem, type BytePath } from './bytes/byte-path.ts';
import type { Subject } from './report/collector.ts';
import { causeOf } from './bytes/damage.ts';
import { IGNORE_FILE, parseIgnoreRules, type IgnoreRules } from './ignore-rules.ts';
import { pseudoFolders } from './pseudo-files.ts';

/** Something to look into: a file to be opened at `path`, or a link, of which only the target is read. */
export interface Found {
  readonly subject: Subject;
  readonly path: BytePath;
  readonly target: string | undefined;
}

/** What a walk leaves out. */
export interface WalkNotes {
  ignored: number;
  readonly skipped: string[];
  addUnread(subject: Subject, cause: string): void;
}

/** Where a walk starts: the folder itself, and how people call it. */
export interface Root {
  readonly path: BytePath;
  readonly shown: string;
}

interface Folder {
  readonly path: BytePath;
  readonly relative: BytePath;
  /** Ignore rules of this folder and those above, with where each begins in `relative`. */
  readonly rules: readonly { readonly from: number; readonly apply: IgnoreRules }[];
}

/** Every file to look into at or below the paths that were given. */
export function* filesAt(
  roots: readonly Root[],
  mounts: ReadonlyMap<string, string>,
  notes: WalkNotes,
): Generator<Found> {
  for (const root of roots) {
    const type = mounts.get(root.path);
    if (type !== undefined) {
      notes.addUnread({ path: root.shown, relative: '' }, `a pseudo file system (${type})`);
    } else if (statSync(toSystem(root.path)).isDirectory()) {
      yield* walk(root, mounts, notes);
    } else {
      const subject = { path: root.shown, relative: basename(root.shown) };
      yield { subject, path: root.path, target: undefined };
    }
  }
}

/**
 * Files and links below a folder, in order of their names. No link is followed: what it points to within the root is met
 * on its own, and what lies outside is not the image's. Devices, sockets and pipes hold nothing.
 */
export function* walk(
  root: Root,
  mounts: ReadonlyMap<string, string>,
  collector: WalkNotes,
): Generator<Found> {
  const folders: Folder[] = [{ path: root.path, relative: '' as BytePath, rules: [] }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = entriesOf(folder, root, collector);
    const pseudo = folder.relative === '' ? pseudoFolders(entries.map(({ name }) => name)) : [];
    const rules = rulesOf(folder);
    const inner: Folder[] = [];
    for (const entry of entries) {
      const path = joined(folder.path, entry.name);
      const relative = joined(folder.relative, entry.name);
      if (entry.name === IGNORE_FILE) continue;
      if (isIgnored(rules, toShown(relative), entry.isDirectory())) {
        collector.ignored += 1;
      } else if (entry.isDirectory()) {
        if (mounts.has(path) || pseudo.includes(entry.name))
          collector.skipped.push(shownPath(root, relative));
        else inner.push({ path, relative, rules });
      } else if (entry.isFile()) {
        yield { subject: subjectOf(root, relative), path, target: undefined };
      } else if (entry.isSymbolicLink()) {
        yield* linkAt(path, subjectOf(root, relative), collector);
      }
    }
    folders.push(...inner.toReversed());
  }
}

function* linkAt(path: BytePath, subject: Subject, collector: WalkNotes): Generator<Found> {
  try {
    yield { subject, path, target: readlinkSync(toSystem(path)) };
  } catch (error) {
    collector.addUnread(subject, causeOf(error));
  }
}

function entriesOf(folder: Folder, root: Root, collector: WalkNotes): readonly Dirent[] {
  try {
    const entries = readdirSync(toSystem(folder.path), { withFileTypes: true, encoding: 'latin1' });
    return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    collector.addUnread(subjectOf(root, folder.relative), causeOf(error));
    return [];
  }
}

function rulesOf(folder: Folder): Folder['rules'] {
  const file = toSystem(joined(folder.path, IGNORE_FILE));
  if (!existsSync(file)) return folder.rules;
  const from = folder.relative === '' ? 0 : toShown(folder.relative).length + 1;
  return [...folder.rules, { from, apply: parseIgnoreRules(readFileSync(file, 'utf8')) }];
}

/** The innermost file that speaks of a path decides. */
function isIgnored(rules: Folder['rules'], relative: string, isFolder: boolean): boolean {
  for (const { from, apply } of rules.toReversed()) {
    const ignores = apply(relative.slice(from), isFolder);
    if (ignores !== undefined) return ignores;
  }
  return false;
}

function subjectOf(root: Root, relative: BytePath): Subject {
  return { path: shownPath(root, relative), relative: toShown(relative) };
}

function shownPath(root: Root, relative: BytePath): string {
  return relative === '' ? root.shown : toShown(joined(bytePathOf(root.shown), relative));
}

import { basename } from 'node:path';
import { folderOf, isRotationOf, stemOf } from './rotation-name.ts';
import type { TailedFile } from './tailed-file.ts';

/** Files by what the names of their rotations begin with: among ten thousand, asking each in turn takes minutes. */
export class RotationIndex {
  readonly #byStem = new Map<string, TailedFile[]>();

  constructor(files: Iterable<TailedFile>) {
    for (const file of files) this.add(file);
  }

  add(file: TailedFile): void {
    const stem = stemOf(file.originalPath);
    const others = this.#byStem.get(stem);
    if (others) others.push(file);
    else this.#byStem.set(stem, [file]);
  }

  /** Files of its folder of which `path` may be a rotation, by its name. */
  of(path: string): readonly TailedFile[] {
    const folder = folderOf(path);
    const found: TailedFile[] = [];
    for (let end = path.length - basename(path).length + 1; end <= path.length; end += 1) {
      for (const file of this.#byStem.get(path.slice(0, end)) ?? []) {
        if (folderOf(file.path) === folder && isRotationOf(file.originalPath, basename(path)))
          found.push(file);
      }
    }
    return found;
  }
}

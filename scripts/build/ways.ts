import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';

/** One of the ways that ARCHITECTURE.md leads a reader along. */
export interface Way {
  /** `a value`, `a log line`, `a publication`. */
  readonly of: string;
  /** In the order of the table, each once. */
  readonly files: readonly string[];
}

/**
 * The tables under "The way of ..." of ARCHITECTURE.md: what somebody has to open who follows one thing from end to end. In a
 * cell the first file has its whole path, those after it may have the name alone when they lie beside it.
 */
export function waysOf(page: string): readonly Way[] {
  return [...page.matchAll(/^## The way of (.+)\n([\s\S]*?)(?=^## )/gm)].map(([, of = '', section = '']) => {
    const cells = section
      .split('\n')
      .flatMap((line) => (line.startsWith('| ') ? [line.split(' | ')[1] ?? ''] : []));
    return { of, files: [...new Set(cells.flatMap(filesIn))] };
  });
}

function filesIn(cell: string): readonly string[] {
  let folder = '';
  return [...cell.matchAll(/`([^`]+\.ts)`/g)].map(([, name = '']) => {
    const beside = join(folder, name);
    const path = existsSync(name) || !existsSync(beside) ? name : beside;
    folder = dirname(path);
    return path;
  });
}

function rowOf(cells: readonly (string | number)[]): string {
  return cells
    .map((cell, index) => (index === 0 ? String(cell).padEnd(16) : String(cell).padStart(7)))
    .join('');
}

function main(): void {
  console.log(rowOf(['way of', 'files', 'rooms', 'lines']));
  for (const { of, files } of waysOf(readFileSync('ARCHITECTURE.md', 'utf8'))) {
    const rooms = new Set(files.map((file) => file.split('/').slice(0, 2).join('/')));
    const lines = files.reduce((sum, file) => sum + readFileSync(file, 'utf8').split('\n').length - 1, 0);
    console.log(rowOf([of, files.length, rooms.size, lines]));
  }
}

if (import.meta.main) main();

import { readFileSync } from 'node:fs';

export interface NamedTest {
  readonly path: string;
  readonly name: string;
  /** As it stands in the page. */
  readonly named: string;
}

/** Rows of all tables of a page, without their heads. @param heads what the first cell of a head says. */
export function rowsOf(page: string, heads: readonly string[]): readonly string[] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('| ') && !heads.some((head) => line.startsWith(`| ${head} |`)));
}

export function cellsOf(row: string): readonly string[] {
  return row.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, ''));
}

/** Each file and name in the last cell of a row, as `` `test/a.test.ts`: its name ``. */
export function testsIn(row: string): readonly NamedTest[] {
  return (cellsOf(row).at(-1) ?? '').split('<br>').map((named) => {
    const [, path = '', name = ''] = /^`(test\/[^`]+\.test\.ts)`: (.+)$/.exec(named) ?? [];
    return { path, name, named };
  });
}

export function holdsTest({ path, name }: NamedTest): boolean {
  return path !== '' && name !== '' && readFileSync(path, 'utf8').includes(name);
}

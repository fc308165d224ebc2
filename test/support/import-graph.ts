import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';

export interface Arrow {
  /** Paths from the root of the project. */
  readonly from: string;
  readonly to: string;
}

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*'([^'\n]+)'/g;

const ALIASES = [
  ['#kit/', 'config-service/kit/'],
  ['#agent/', 'agent/'],
  ['#scripts/', 'scripts/'],
] as const;

/** Every import of a file of ours in the program, those of types and those at run time with them. */
export function importsOfProgram(): readonly Arrow[] {
  return globSync('{agent,config-service,scripts}/**/*.ts').flatMap((from) =>
    importsOf(from, readFileSync(from, 'utf8')),
  );
}

export function importsOf(from: string, text: string): readonly Arrow[] {
  return [...text.matchAll(IMPORT)].flatMap(([, specifier = '']) => {
    const to = fileOf(from, specifier);
    return to !== undefined && existsSync(to) ? [{ from, to }] : [];
  });
}

function fileOf(from: string, specifier: string): string | undefined {
  if (specifier === '#config-service') return 'config-service/index.ts';
  if (specifier.startsWith('.')) return join(dirname(from), specifier);
  const alias = ALIASES.find(([prefix]) => specifier.startsWith(prefix));
  return alias && specifier.replace(alias[0], alias[1]);
}

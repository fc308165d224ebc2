import type { Expansion } from './glob.ts';
import type { TailedFile } from './tailed-file.ts';

/** Why something is not shipped that the plan asks for, in words. */
export interface FileTroubles {
  /** What is there and cannot be read. */
  readonly unreadable: readonly string[];
  /** What is not there: it may come yet, or be a slip. */
  readonly unmatched: readonly string[];
}

/** Most files that a warning names: of thousands in one folder the first say it all. */
const MOST_TOLD = 20;

const WHAT = {
  pipe: 'is a named pipe, no file',
  socket: 'is a socket, no file',
  device: 'is a device, no file',
  other: 'is no file',
} as const;

export function troublesOf(
  { refused, unfit, unmatched, files: found }: Expansion,
  files: readonly TailedFile[],
): FileTroubles {
  const unreadable = [
    ...[...refused].map(([path, errno]) =>
      errno === 'EILSEQ'
        ? `${path} is not read: its name is not UTF-8`
        : `${path} cannot be looked at (${errno})`,
    ),
    ...[...unfit].map(([path, kind]) =>
      kind === 'folder' || kind === 'file' ? `${path} is a folder; write ${path}/*` : `${path} ${WHAT[kind]}`,
    ),
    // One that is gone for a moment, in the middle of a rotation, is no trouble.
    ...files.flatMap(({ path, problem, key }) =>
      problem === undefined || problem === 'ENOENT' || !found.has(key)
        ? []
        : [`${path} cannot be read (${problem})`],
    ),
  ];
  const told = [...unfit.keys(), ...refused.keys()];
  const missing = unmatched.filter(
    (pattern) => !told.some((path) => pattern === path || pattern.startsWith(`${path}/`)),
  );
  return {
    unreadable: cut(unreadable),
    unmatched: cut(missing.map((pattern) => `no file matches ${pattern}`)),
  };
}

function cut(texts: readonly string[]): readonly string[] {
  const more = texts.length - MOST_TOLD;
  return more > 0 ? [...texts.slice(0, MOST_TOLD), `and ${more} more`] : texts;
}

import { guardHint, isGuardCode } from '#config-service';
import type { Fault, Problem } from '#kit/errors.ts';

/** Many problems as the one failure of a command. What only the guard refuses is a matter of regions; else the first counts. */
export function faultOfProblems(
  problems: readonly [Problem, ...Problem[]],
  operation: string,
  subject: string,
): Fault {
  const leading = problems.find(({ code }) => !isGuardCode(code)) ?? problems[0];
  const files = new Set(problems.flatMap(({ file }) => file ?? []));
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const where = files.size === 0 ? '' : files.size === 1 ? ' in 1 file' : ` in ${files.size} files`;
  return {
    code: leading.code,
    operation,
    subject,
    cause: `${count}${where}`,
    hint: isGuardCode(leading.code) ? guardHint(leading.code) : 'Correct the files and run it again.',
    problems,
  };
}

export function isNotEmpty<T>(list: readonly T[]): list is readonly [T, ...T[]] {
  return list.length > 0;
}

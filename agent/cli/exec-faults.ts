import type { Fault, FaultCode } from '#kit/errors.ts';
import type { End } from '../exec/child.ts';

export function usage(option: string, given: string, expected: string): Fault {
  const cause = `${option} is "${given}", not ${expected}`;
  return {
    code: 'LF_USAGE',
    operation: 'read',
    subject: 'the command line',
    cause,
    hint: 'See `landfall exec --help`.',
  };
}

export function unauthorized(hidden: readonly string[]): Fault {
  const others = hidden.length > 1 ? ` and ${hidden.length - 1} more` : '';
  return {
    code: 'LF_UNAUTHORIZED',
    operation: 'read',
    subject: `${hidden[0] ?? ''}${others}`,
    cause: 'this is a secret, and this user may neither use the socket of the agent nor read its token',
    hint: 'Run as root, give the user the group of the socket, or leave secrets out with --prefix.',
  };
}

export function noEnvironment(problems: readonly string[]): Fault {
  return {
    code: 'LF_EXEC_ENVIRONMENT',
    operation: 'make an environment of',
    subject: 'the configuration',
    cause: problems.join('; '),
    hint: 'Rename one of the keys, or choose with --prefix.',
  };
}

/** 127 and 126 as POSIX has them for env, nohup and every shell. */
export function unstarted(
  program: string,
  { errno }: Pick<Extract<End, { kind: 'unstarted' }>, 'errno'>,
): Fault {
  const missing = errno === 'ENOENT';
  const code: FaultCode = missing ? 'LF_EXEC_MISSING' : 'LF_EXEC_UNUSABLE';
  const cause = missing
    ? 'there is no such program, or not what it needs'
    : `it cannot be executed (${errno})`;
  return { code, operation: 'run', subject: program, cause, hint: 'Check the command after `--`, and PATH.' };
}

import type { Fault } from '#kit/errors.ts';

export function failed(version: string, cause: string): Fault {
  const hint = 'Correct the hooks or the artefact and publish a new version.';
  return { code: 'LF_DEPLOY', operation: 'deploy', subject: version, cause, hint };
}

export function taken(directory: string): Fault {
  const hint = 'Move it away: Landfall keeps a link there.';
  return {
    code: 'LF_DEPLOY',
    operation: 'deploy',
    subject: `${directory}/current`,
    cause: 'it is no link',
    hint,
  };
}

export function diskFault(error: unknown): Fault {
  return {
    code: 'LF_DEPLOY',
    operation: 'write',
    subject: 'the deploy directory',
    cause: error instanceof Error ? error.message : String(error),
    hint: 'Check the directory and its file system.',
  };
}

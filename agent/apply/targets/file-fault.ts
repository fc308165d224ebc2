import { errnoOf } from '#kit/errno.ts';
import { fail, retry, type Outcome } from '#kit/outcome.ts';

type Failure = Exclude<Outcome<never>, { kind: 'ok' }>;

/** What may heal while the agent runs. */
const PASSING: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk fails',
  EMFILE: 'too many files are open',
  EAGAIN: 'somebody else changes it all the time',
};

/** A target that was not to be read or written, as a value: `LF_APPLY_WRITE`. */
export function fileFault(error: unknown, operation: string, path: string): Failure {
  const code = errnoOf(error);
  const passing = PASSING[code];
  const fault = { code: 'LF_APPLY_WRITE', operation, subject: path } as const;
  if (passing !== undefined)
    return retry({ ...fault, cause: `${passing} (${code})`, hint: 'It is tried again.' });
  const cause = error instanceof Error && code === '' ? error.message : `the system says ${code}`;
  return fail({ ...fault, cause, hint: HINTS[code] ?? 'Check the path and its file system.' });
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'Give the user that runs Landfall access, or run it as root.',
  EPERM: 'Only root may give a file to another user; an immutable file has to be released with chattr -i.',
  EBUSY: 'It is a mount point of its own, as files in containers are; render beside it.',
};

/** A place where no file is written, with the reason: `LF_APPLY_TARGET`. */
export function unsafeTarget(path: string, cause: string, hint: string): Failure {
  return fail({ code: 'LF_APPLY_TARGET', operation: 'write', subject: path, cause, hint });
}

import { errnoOf } from '../../kit/errno.ts';
import { fail, retry, type Fail, type Retry } from '../../kit/outcome.ts';

/** What an errno means here, and the way out. What may heal while the agent runs is a retry, the rest is final. */
const ERRNO: Readonly<Record<string, { kind: 'retry' | 'fail'; cause: string; hint: string }>> = {
  EROFS: {
    kind: 'retry',
    cause: 'the file system is read-only',
    hint: 'Mount it writable, or set `state-dir` elsewhere.',
  },
  ENOSPC: {
    kind: 'retry',
    cause: 'the disk is full',
    hint: 'Free some space, or set `state-dir` elsewhere.',
  },
  EDQUOT: {
    kind: 'retry',
    cause: 'the disk quota is used up',
    hint: 'Free some space, or set `state-dir` elsewhere.',
  },
  EIO: {
    kind: 'retry',
    cause: 'the disk fails',
    hint: 'Look at the kernel log; the volume may have to be replaced.',
  },
  EACCES: { kind: 'retry', cause: 'access is denied', hint: 'Give it to the user that runs Landfall.' },
  EPERM: { kind: 'retry', cause: 'it is not permitted', hint: 'Give it to the user that runs Landfall.' },
  ENOTDIR: {
    kind: 'fail',
    cause: 'a part of the path is a file',
    hint: 'Move the file away, or set `state-dir` elsewhere.',
  },
  EEXIST: {
    kind: 'fail',
    cause: 'a file is in its place',
    hint: 'Move the file away, or set `state-dir` elsewhere.',
  },
  EISDIR: { kind: 'fail', cause: 'a folder is in its place', hint: 'Move the folder away.' },
  ELOOP: { kind: 'fail', cause: 'a symbolic link is in its place', hint: 'Remove the link.' },
};

/** An error of the file system as a value, code `LF_STATE_DIR`. */
export function diskFault(error: unknown, operation: string, subject: string): Retry | Fail {
  const errno = errnoOf(error);
  const known = ERRNO[errno];
  const fault = {
    code: 'LF_STATE_DIR',
    operation,
    subject,
    cause: known ? `${known.cause} (${errno})` : String(error),
    hint: known?.hint ?? 'Check the folder and its file system.',
  } as const;
  return known?.kind === 'fail' ? fail(fault) : retry(fault);
}

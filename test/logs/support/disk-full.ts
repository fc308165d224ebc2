import type { Fault } from '#kit/errors.ts';

export function diskFull(): Fault {
  return {
    code: 'LF_STATE_DIR',
    operation: 'write',
    subject: 'checkpoints',
    cause: 'ENOSPC',
    hint: 'Make room.',
  };
}

import { LandfallError, type FaultCode } from '#kit/errors.ts';

/** A failure in words that others wrote and scripts look for: they are printed as they are, without a head or a hint. */
export function saidFault(code: FaultCode, message: string): LandfallError {
  return new LandfallError({ code, operation: '', subject: '', cause: message, hint: '' });
}

/** The copy exists and is dead. */
export function failedCopy(source: string, region: string, id: string, cause: string): LandfallError {
  return new LandfallError({
    code: 'LF_SYNC_COPY',
    operation: 'copy',
    subject: `${source} to ${region} as ${id}`,
    cause: `the copy failed: ${cause.replace(/\.$/, '') || 'AWS does not say why'}`,
    hint: 'Put right what it names, and run it again: it is copied anew.',
  });
}

/** Time is up while a copy is still being made. */
export function notYet(id: string, region: string): LandfallError {
  return new LandfallError({
    code: 'LF_SYNC_PENDING',
    operation: 'wait for',
    subject: `${id} in ${region}`,
    cause: 'the time of --timeout is up and the copy is still being made',
    hint: 'Run it again: it waits on, and copies nothing twice.',
  });
}

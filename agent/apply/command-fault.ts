import { formatDuration } from '#kit/duration.ts';
import type { FaultCode } from '#kit/errors.ts';
import { fail, ok, retry, type Outcome } from '#kit/outcome.ts';
import type { CommandEnd, CommandResult } from './command.ts';
import type { Redact } from './redaction.ts';

/** Characters of output quoted in an error. */
const MAX_QUOTED = 1000;

/** Exit code 0 is ok, the agent's own stop is no verdict on the command (`retry`), anything else a `fail` with `code`. */
export function judgeCommand(
  label: string,
  { end, tail }: CommandResult,
  code: FaultCode,
  redact: Redact,
): Outcome<void> {
  if (end.kind === 'exited' && end.code === 0) return ok(undefined);
  const fault = { operation: 'run', subject: label } as const;
  if (end.kind === 'stopped') {
    const cause = 'the agent stops, and it was not done';
    return retry({ ...fault, code: 'LF_INTERRUPTED', cause, hint: 'It runs again at the next start.' });
  }
  const words = lastWords(redact(tail));
  const cause = words === '' ? sayEnd(end) : `${sayEnd(end)}; its output ended: ${words}`;
  return fail({ ...fault, code, cause, hint: hintFor(end) });
}

function sayEnd(end: Exclude<CommandEnd, { kind: 'stopped' }>): string {
  switch (end.kind) {
    case 'exited':
      return `exit code ${end.code}`;
    case 'killed':
      return `killed by ${end.signal}`;
    case 'timeout':
      return `not done after ${formatDuration(end.afterMs)}`;
    case 'unstarted':
      return `it did not start: ${end.reason}`;
    default:
      return end satisfies never;
  }
}

function hintFor(end: CommandEnd): string {
  if (end.kind === 'timeout') return 'Raise its `timeout`, or find what it waits for.';
  if (end.kind === 'unstarted') return 'Check its user and interpreter on this host.';
  return 'Its whole output is in the journal.';
}

/** On one line: an error is one sentence. */
function lastWords(text: string): string {
  const line = text.trim().replaceAll(/\s*\n\s*/g, ' | ');
  return line.length > MAX_QUOTED ? `...${line.slice(-MAX_QUOTED)}` : line;
}

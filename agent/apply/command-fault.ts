import { formatDuration } from '#kit/duration.ts';
import type { FaultCode } from '#kit/errors.ts';
import { fail, ok, retry, type Outcome } from '#kit/outcome.ts';
import type { CommandEnd, CommandResult } from './commands/command.ts';
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
  // Twice: an escape within a secret hides it from the first, what is taken out with escapes from the second.
  const words = lastWords(redact(asShown(redact(tail))));
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

/** Colours and the like: CSI, OSC and two-character sequences of ECMA-48. */
// oxlint-disable-next-line no-control-regex
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-_])/g;
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** As a terminal would leave it: of a progress bar its last state. An error must not write over the line it stands in. */
function asShown(text: string): string {
  return text
    .replaceAll(ESCAPES, '')
    .split('\n')
    .map((line) => line.split('\r').findLast((part) => part.trim() !== '') ?? '')
    .map((line) => line.replaceAll(CONTROLS, ''))
    .join('\n');
}

/** On one line: an error is one sentence. */
function lastWords(text: string): string {
  const line = text.trim().replaceAll(/\s*\n\s*/g, ' | ');
  return line.length > MAX_QUOTED ? `...${line.slice(-MAX_QUOTED)}` : line;
}

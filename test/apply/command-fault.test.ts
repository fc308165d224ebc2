import { expect, it } from 'vitest';
import { judgeCommand } from '#agent/apply/command-fault.ts';

const causeOf = (tail: string, hide = (text: string): string => text): string => {
  const result = { end: { kind: 'exited', code: 1 }, tail, durationMs: 1 } as const;
  const judged = judgeCommand('scripts.a', result, 'LF_APPLY_SCRIPT', hide);
  return judged.kind === 'fail' ? judged.fault.cause : judged.kind;
};

it('quotes output as a terminal would leave it: no colours, no carriage returns, of a progress bar the last state', () => {
  const tail =
    '10%\r 50%\r100%\r\n\u001b[31mE: \u001b[1mbroken\u001b[0m\u001b]0;title\u0007 pipe\u0008\r\nend\r\n';
  expect(causeOf(tail)).toBe('exit code 1; its output ended: 100% | E: broken pipe | end');
});

const redact = (text: string): string =>
  text.replaceAll('hunter2', '[redacted]').replaceAll('a\r\nb', '[redacted]');

it('hides a secret that escapes were within, and one that holds a carriage return', () => {
  expect(causeOf('is hun\u001b[0mter2', redact)).toBe('exit code 1; its output ended: is [redacted]');
  expect(causeOf('is a\r\nb', redact)).toBe('exit code 1; its output ended: is [redacted]');
});

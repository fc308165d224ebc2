import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { followArguments, lookArguments } from '#agent/logs/journal/journal-command.ts';

/** Of the system, not of a package. */
const JOURNALCTL = 'journalctl';

const ALL = {
  kind: 'journal',
  units: ['a.service'],
  priority: 3,
  matches: ['_UID=0'],
  namespace: undefined,
  from: 'start',
  inherited: 'skip',
  format: 'auto',
  multiline: undefined,
  flushMs: 5_000,
  time: undefined,
} as const;

const CURSOR = `s=${'a'.repeat(32)};i=1;b=${'b'.repeat(32)};m=1;t=64e2a;x=1`;

const found = spawnSync(JOURNALCTL, ['--version'], { encoding: 'utf8' });

test('case 68: the real journalctl understands every argument', ({ skip }) => {
  if (found.error) skip('no journalctl here: its arguments are proved on the stand-in only');
  const starts = [
    { kind: 'after', cursor: CURSOR },
    { kind: 'since', realtime: '1795000000000000' },
    { kind: 'start' },
    { kind: 'end' },
  ] as const;
  // A folder without a journal: what follows would wait for ever, so that it is asked not to.
  const calls = [...starts.map((start) => followArguments(ALL, start)), lookArguments(ALL, CURSOR)].map(
    (args) => args.filter((arg) => arg !== '--follow'),
  );
  for (const args of calls) {
    const { stderr } = spawnSync(JOURNALCTL, ['--directory=/proc/self/fd', ...args], { encoding: 'utf8' });
    expect(stderr).not.toMatch(/option|argument|Failed to parse|unrecognized/i);
  }
});

import { systemClock } from '#kit/clock.ts';
import { fail } from '#kit/outcome.ts';
import { runOps } from '#scripts/ops/program.ts';

/** What a command of `landfall-ops` prints that needs no AWS. @throws with what it said when it fails. */
export async function opsCommand(...args: readonly string[]): Promise<string> {
  let out = '';
  let err = '';
  const code = await runOps(args, {
    out: (text) => void (out += text),
    outBytes: () => {},
    err: (text) => void (err += text),
    colour: false,
    errIsTerminal: false,
    columns: 0,
    env: {},
    clock: systemClock,
    random: Math.random,
    stop: new AbortController().signal,
    loadCredentials: async () =>
      fail({
        code: 'LF_CREDENTIALS',
        operation: 'load',
        subject: 'credentials',
        cause: 'none',
        hint: 'None.',
      }),
  });
  if (code !== 0) throw new Error(err);
  return out;
}

import type { Fault, FaultCode } from '#kit/errors.ts';
import { fail, ok, retry, type Outcome } from '#kit/outcome.ts';
import { claimFault } from './claim-fault.ts';
import type { ClaimsHost } from './claims-host.ts';
import { interrupted } from './persist.ts';

/** `blkid` and `mkfs` are in sbin; output is read, so it is never translated. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

export interface ToolEnd {
  readonly code: number;
  readonly output: string;
}

/** Says for whom a tool runs, for errors. */
export interface ToolPurpose {
  readonly entry: string;
  readonly subject: string;
  readonly code: FaultCode;
  readonly timeoutMs: number;
}

/** Runs a tool of the system. A tool that is missing is final; one that was stopped or took too long is not. */
export async function runTool(
  { run }: Pick<ClaimsHost, 'run'>,
  argv: readonly [string, ...string[]],
  { entry, subject, code, timeoutMs }: ToolPurpose,
  signal: AbortSignal,
): Promise<Outcome<ToolEnd>> {
  const tool = argv[0];
  const fault = (cause: string, hint: string): Fault =>
    claimFault(code, 'run', `${tool} for ${subject}`, cause, hint);
  const { end, tail } = await run({ label: entry, argv, cwd: '/', env: ENVIRONMENT, timeoutMs }, signal);
  if (end.kind === 'exited') return ok({ code: end.code, output: tail });
  if (end.kind === 'stopped') return interrupted();
  if (end.kind === 'unstarted') {
    const hint = `Install ${PACKAGES[tool] ?? 'it'} on the image.`;
    return fail(fault(`it cannot be started (${end.reason})`, hint));
  }
  const cause =
    end.kind === 'timeout' ? `it did not end within ${end.afterMs} ms` : `it was ended by ${end.signal}`;
  return retry(fault(cause, 'The agent tries again by itself.'));
}

const PACKAGES: Readonly<Record<string, string>> = {
  blkid: 'util-linux',
  mount: 'util-linux',
  'mkfs.ext4': 'e2fsprogs',
  'mkfs.xfs': 'xfsprogs',
};

/** The last thing a tool said: that is where tools say why. */
export function lastLine({ output, code }: ToolEnd): string {
  return output.trimEnd().split('\n').at(-1)?.trim() || `exit code ${code}`;
}

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { ok, type Outcome } from '#kit/outcome.ts';
import type { ApplyHost } from './apply-work.ts';
import { judgeCommand } from './command-fault.ts';
import { shellLiteral } from './escapes.ts';
import { fileFault } from './file-fault.ts';
import type { Redact } from './redaction.ts';
import { LINE_ENVIRONMENT } from './reload.ts';
import type { RenderedTarget } from './rendering.ts';

/** Below the run folder; what a killed agent left in it goes with the next check. */
const STAGING = 'staging';

/** Asks the check of a target about its new content, before anything is replaced. No check: it is fine. */
export async function checkTarget(
  { name, entry, bytes }: RenderedTarget,
  host: ApplyHost,
  redact: Redact,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  if (entry.check === undefined) return ok(undefined);
  const staged = `${host.runDir}/${STAGING}/${basename(entry.target)}`;
  try {
    await emptyStaging(host);
    await mkdir(`${host.runDir}/${STAGING}`, { mode: 0o700 });
    // The name of the target: some programs choose by the ending what a file is.
    await writeFile(staged, bytes, { flag: 'wx', mode: 0o600 });
    const line = entry.check.replaceAll('{path}', () => shellLiteral(staged));
    const label = `check of ${name}`;
    const { timeoutMs } = entry;
    const argv = ['/bin/sh', '-c', line] as const;
    const result = await host.run({ label, argv, cwd: '/', env: LINE_ENVIRONMENT, timeoutMs }, signal);
    return judgeCommand(label, result, 'LF_APPLY_CHECK', redact);
  } catch (error) {
    return fileFault(error, 'stage', staged);
  } finally {
    await emptyStaging(host).catch(() => {});
  }
}

/** Nothing rendered stays in the run folder. */
export async function emptyStaging({ runDir }: Pick<ApplyHost, 'runDir'>): Promise<void> {
  await rm(`${runDir}/${STAGING}`, { recursive: true, force: true });
}

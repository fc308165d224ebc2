import { ok, type Outcome } from '#kit/outcome.ts';
import type { ApplyHost } from './apply-work.ts';
import { judgeCommand } from './command-fault.ts';
import { shellLiteral } from './escapes.ts';
import type { Redact } from './redaction.ts';
import { LINE_ENVIRONMENT } from './reload.ts';
import type { RenderedTarget } from './rendering.ts';
import type { StagedFolder } from './target-staging.ts';

/** Asks the check of a target about its new content, before anything is replaced. No check: it is fine. */
export async function checkTarget(
  { name, entry }: Pick<RenderedTarget, 'name' | 'entry'>,
  { folder, pathOf }: StagedFolder,
  host: Pick<ApplyHost, 'run'>,
  redact: Redact,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  if (entry.check === undefined) return ok(undefined);
  const line = entry.check
    .replaceAll('{path}', () => shellLiteral(pathOf(entry.target)))
    .replaceAll('{folder}', () => shellLiteral(folder));
  const label = `check of ${name}`;
  const { timeoutMs } = entry;
  const argv = ['/bin/sh', '-c', line] as const;
  const result = await host.run({ label, argv, cwd: '/', env: LINE_ENVIRONMENT, timeoutMs }, signal);
  return judgeCommand(label, result, 'LF_APPLY_CHECK', redact);
}

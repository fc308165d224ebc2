import type { Outcome } from '#kit/outcome.ts';
import type { ApplyHost } from '../apply-work.ts';
import type { ReloadLine } from './apply-journal.ts';
import { COMMAND_PATH } from '../commands/command-environment.ts';
import { judgeCommand } from '../command-fault.ts';
import type { Redact } from '../redaction.ts';

/** What checks and reloads find in their environment: nothing of the agent's. */
export const LINE_ENVIRONMENT = {
  PATH: COMMAND_PATH,
  LANG: 'C.UTF-8',
  HOME: '/',
} as const;

/** Tells a service that its files changed. */
export async function runReload(
  { line, timeoutMs, names }: ReloadLine,
  host: Pick<ApplyHost, 'run'>,
  redact: Redact,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const label = `reload of ${names.join(', ')}`;
  const command = {
    label,
    argv: ['/bin/sh', '-c', line],
    cwd: '/',
    env: LINE_ENVIRONMENT,
    timeoutMs,
  } as const;
  return judgeCommand(label, await host.run(command, signal), 'LF_APPLY_RELOAD', redact);
}

interface Asking {
  readonly name: string;
  readonly reload: string | undefined;
  readonly timeoutMs: number;
  readonly weight: ReloadLine['weight'];
}

const HEAVIER: readonly ReloadLine['weight'][] = ['none', 'owed', 'own', 'all'];

/** One line for all targets that ask for the same, in the order of their first entries; the heaviest and the longest counts. */
export function reloadLines(asking: readonly Asking[]): readonly ReloadLine[] {
  const lines = new Map<string, ReloadLine>();
  for (const { name, reload: line, timeoutMs, weight } of asking) {
    if (line === undefined) continue;
    const known = lines.get(line);
    const heavier = known !== undefined && HEAVIER.indexOf(known.weight) > HEAVIER.indexOf(weight);
    lines.set(line, {
      line,
      timeoutMs: Math.max(timeoutMs, known?.timeoutMs ?? 0),
      names: [...(known?.names ?? []), name],
      weight: heavier ? known.weight : weight,
    });
  }
  return [...lines.values()];
}

/** What is owed from earlier comes along; asked for again, it is asked for once. */
export function withOwed(lines: readonly ReloadLine[], owed: readonly ReloadLine[]): readonly ReloadLine[] {
  const asked = new Set(lines.map(({ line }) => line));
  const extra = owed
    .filter(({ line }) => !asked.has(line))
    .map((line) => ({ ...line, weight: 'owed' as const }));
  return [...lines, ...extra];
}

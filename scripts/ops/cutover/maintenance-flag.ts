import { FAULTS } from '#kit/errors.ts';
import type { Patience } from '../across/patience.ts';
import type { OpsContext } from '../console/context.ts';
import type { Maintenance } from './maintenance.ts';
import { runOnInstances, shellWord, type ScriptEnd } from './run-command.ts';
import type { Runbook } from './runbook.ts';

/** Its exit code for a key that nothing overrides. */
const NO_SUCH_KEY = FAULTS.LF_NO_SUCH_KEY.exit;

/** The shell of Systems Manager has a short path. */
const PATH_LINE = 'PATH="$PATH:/usr/local/bin"';

export async function setMaintenance(
  maintenance: Maintenance,
  book: Runbook,
  patience: Patience,
  context: OpsContext,
): Promise<ScriptEnd> {
  return await onFleet(settingLines(maintenance, reasonOf(book)), maintenance, book, patience, context);
}

/** Also where there is none: it may have ended by itself, or been taken away by a run whose end nobody saw. */
export async function endMaintenance(
  maintenance: Maintenance,
  book: Runbook,
  patience: Patience,
  context: OpsContext,
): Promise<ScriptEnd> {
  return await onFleet(endingLines(maintenance), maintenance, book, patience, context);
}

export function settingLines(
  { key, value, forText }: Pick<Maintenance, 'key' | 'value' | 'forText'>,
  reason: string,
): readonly string[] {
  const what = [key, value].map(shellWord).join(' ');
  return [PATH_LINE, `landfall set --for ${forText} --reason ${shellWord(reason)} -- ${what}`];
}

export function endingLines({ key }: Pick<Maintenance, 'key'>): readonly string[] {
  const unset = `landfall unset -- ${shellWord(key)}`;
  return [PATH_LINE, `${unset} || { code=$?; [ "$code" = ${NO_SUCH_KEY} ] || exit "$code"; }`];
}

async function onFleet(
  lines: readonly string[],
  { tag, tagValue }: Pick<Maintenance, 'tag' | 'tagValue'>,
  book: Runbook,
  patience: Patience,
  context: OpsContext,
): Promise<ScriptEnd> {
  const script = { region: book.from, on: { tag, value: tagValue }, lines, comment: reasonOf(book) };
  return await runOnInstances(script, patience, context);
}

function reasonOf({ service, to }: Runbook): string {
  return `landfall-ops cutover: ${service} to ${to}`;
}

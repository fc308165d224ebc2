import type { Json } from '#agent/plan/json.ts';
import type { Draft } from './draft.ts';

const SCRIPT = /mon-put-instance-data\.pl\s*(.*)$/;

/** What each option has sent, by the names of profile `classic`. */
const MEASURED: Readonly<Record<string, string>> = {
  '--mem-util': 'MemoryUtilization',
  '--mem-used': 'MemoryUsed',
  '--mem-avail': 'MemoryAvailable',
  '--swap-util': 'SwapUtilization',
  '--swap-used': 'SwapUsed',
  '--disk-space-util': 'DiskSpaceUtilization',
  '--disk-space-used': 'DiskSpaceUsed',
  '--disk-space-avail': 'DiskSpaceAvailable',
};

/** Lines of a crontab that run mon-put-instance-data.pl 1.2.1. */
export function convertMonScripts(file: string, text: string, draft: Draft): void {
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const at = { file, line: index + 1 };
    if (line.trim() === '' || line.trim().startsWith('#')) continue;
    const options = SCRIPT.exec(line)?.[1];
    if (options === undefined)
      draft.leave(at, line.trim().slice(0, 60), 'is no line of the monitoring scripts');
    else convertLine({ at, minutes: minutesOf(line), options: wordsOf(options) }, draft);
  }
}

interface CronLine {
  readonly at: { readonly file: string; readonly line: number };
  readonly minutes: number | undefined;
  readonly options: readonly string[];
}

function convertLine({ at, minutes, options }: CronLine, draft: Draft): void {
  const metrics = draft.section('metrics');
  metrics['profile'] = 'classic';
  if (minutes === undefined)
    draft.leave(at, 'its times', 'no interval tells them; one minute is the default');
  else if (minutes !== 1) metrics['interval'] = `${minutes}m`;
  const only = new Set((metrics['only'] as string[] | undefined) ?? []);
  const mounts = new Set<string>();
  const classic: Record<string, Json> = {};
  for (let at_ = 0; at_ < options.length; at_ += 1) {
    const [name, joined] = splitOnce(options[at_] ?? '', '=');
    const value = (): string => joined ?? options[(at_ += 1)] ?? '';
    if (Object.hasOwn(MEASURED, name)) only.add(MEASURED[name] ?? '');
    else if (name === '--disk-path') mounts.add(value());
    else if (name === '--aggregated') metrics['aggregated'] = joined === 'only' ? 'only' : true;
    else if (name === '--auto-scaling') metrics['autoScaling'] = joined === 'only' ? 'only' : true;
    else if (name === '--memory-units') classic['memoryUnits'] = value().toLowerCase();
    else if (name === '--disk-space-units') classic['diskUnits'] = value().toLowerCase();
    else if (name === '--mem-used-incl-cache-buff') classic['cacheIsUsed'] = true;
    else if (/^--(aws-credential-file|aws-access-key-id|aws-secret-key|aws-iam-role)$/.test(name)) {
      // Never a part of the value in what is printed.
      if (joined === undefined) value();
      draft.leave(at, name, 'the role of the instance signs; delete the key that stands here');
    } else if (/^(2?>|>>|&|\||2>&1|\/dev\/null)/.test(name)) continue;
    else if (!/^--(from-cron|verbose|verify|help|version)$/.test(name))
      draft.leave(at, name, 'is no option of mon-put-instance-data.pl 1.2.1');
  }
  metrics['only'] = [...only];
  if (mounts.size > 0) metrics['disk'] = { mounts: [...mounts] };
  if (Object.keys(classic).length > 0) metrics['classic'] = classic;
}

/** Minutes between two runs; undefined for what is no steady interval. */
function minutesOf(line: string): number | undefined {
  if (line.trimStart().startsWith('@hourly')) return 60;
  const [minute = '', hour = ''] = line.trim().split(/\s+/);
  const every = /^\*(?:\/(\d+))?$/.exec(minute);
  if (every && hour === '*') return Math.min(60, Math.max(1, Number(every[1] ?? 1)));
  return /^\d+$/.test(minute) && hour === '*' ? 60 : undefined;
}

function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );
}

function splitOnce(text: string, mark: string): readonly [string, string | undefined] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + mark.length)];
}

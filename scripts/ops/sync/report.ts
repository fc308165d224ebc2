import { alignColumns, oneLine, paint, type Terminal } from '#agent/console/terminal.ts';
import { WORK_IS_DUE } from '../across/end.ts';
import type { JobReport, RegionReport, ReportedError } from './region-report.ts';

/** The document of `--json`. */
export function documentOf(jobs: readonly JobReport[], isPlan: boolean): object {
  return { plan: isPlan, jobs: jobs.map((job) => jobDocument(job, isPlan)) };
}

function jobDocument(job: JobReport, isPlan: boolean): object {
  const created = job.regions.flatMap((region) => region.created);
  return {
    name: job.name,
    type: job.type,
    completed: errorsOf(job).length === 0,
    sync_required: job.regions.some((region) => region.isDue),
    created_resource: isPlan ? null : (created[0] ?? null),
    errors: errorsOf(job),
    regions: job.regions.map(regionDocument),
  };
}

function regionDocument({
  region,
  state,
  resource,
  isPending,
  repaired,
  removed,
  handed,
  kept,
}: RegionReport): object {
  return { region, state, resource, pending: isPending, repaired, removed, handed_over: handed, kept };
}

export function errorsOf(job: JobReport): readonly ReportedError[] {
  return [...job.errors, ...job.regions.flatMap((region) => region.errors)];
}

/** 0 done, 10 a plan with work in it, 11 some jobs failed, 12 all of them. */
export function exitCodeFor(jobs: readonly JobReport[], isPlan: boolean): number {
  const failed = jobs.filter((job) => errorsOf(job).length > 0).length;
  if (failed > 0) return failed === jobs.length ? 12 : 11;
  return isPlan && jobs.some((job) => job.regions.some(hasWork)) ? WORK_IS_DUE : 0;
}

function hasWork({ isDue, repaired, removed, handed }: RegionReport): boolean {
  return isDue || repaired.length > 0 || removed.length > 0 || handed.length > 0;
}

/** One line for each job and region. */
export function screenOf(jobs: readonly JobReport[], isPlan: boolean, terminal: Terminal): string {
  const head = ['JOB', 'TYPE', 'REGION', 'STATE', 'RESOURCE', 'NOTES'].map((title) =>
    paint(terminal, 'dim', title),
  );
  return alignColumns([head, ...jobs.flatMap((job) => rowsOf(job, isPlan, terminal))]);
}

function rowsOf(job: JobReport, isPlan: boolean, terminal: Terminal): string[][] {
  const name = oneLine(job.name);
  const type = oneLine(job.type);
  if (job.regions.length === 0) return [[name, type, '', paint(terminal, 'red', 'failed'), '', '']];
  return job.regions.map((region) => {
    const style = region.state === 'failed' ? 'red' : region.state === 'due' ? 'yellow' : 'green';
    const resource = region.created.length > 1 ? region.created.join(', ') : (region.resource ?? '');
    return [
      name,
      type,
      region.region,
      paint(terminal, style, region.state),
      resource,
      notesOf(region, isPlan),
    ];
  });
}

function notesOf({ isPending, repaired, removed, handed, kept }: RegionReport, isPlan: boolean): string {
  const notes = [
    ...(isPending ? ['pending'] : []),
    ...(repaired.length > 0 ? [`${isPlan ? 'to repair' : 'repaired'}: ${repaired.join(', ')}`] : []),
    ...(removed.length > 0 ? [`${isPlan ? 'to remove' : 'removed'}: ${removed.join(', ')}`] : []),
    ...(handed.length > 0 ? [`${isPlan ? 'to hand over to' : 'handed over to'}: ${handed.join(', ')}`] : []),
    ...(kept.length > 0 ? [`kept: ${kept.join(', ')}`] : []),
  ];
  return notes.join('; ');
}

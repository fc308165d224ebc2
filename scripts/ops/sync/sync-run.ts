import { faultOf } from '#kit/errors.ts';
import { runJob, type Run } from './job-run.ts';
import type { JobReading } from './job-reading.ts';
import { reportedError, type JobReport, type RegionReport } from './region-report.ts';
import { saidFault } from './sync-fault.ts';

/** Copies are made by AWS, not here: this bounds requests, not work. */
const AT_A_TIME = 4;

/** All jobs, in the order of the file; one that fails stops no other. Never rejects. */
export async function runJobs(readings: readonly JobReading[], run: Run): Promise<readonly JobReport[]> {
  const reports: JobReport[] = [];
  const left = [...readings.entries()];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) {
      const [index, reading] = next;
      reports[index] = await reportOf(reading, run);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return reports;
}

async function reportOf(reading: JobReading, run: Run): Promise<JobReport> {
  const { name, type, read, destinations } = reading;
  try {
    if ('refusal' in read) throw saidFault('LF_SYNC_CONFIG', read.refusal);
    return { name, type, regions: await runJob(read.job, run), errors: [] };
  } catch (error) {
    const regions = destinations.filter((region) => region !== '').map(untouched);
    return { name, type, regions, errors: [reportedError(faultOf(error, 'sync', name))] };
  }
}

/** Report of a region that a job ended before it came to. */
function untouched(region: string): RegionReport {
  return {
    region,
    state: 'failed',
    resource: null,
    created: [],
    isDue: false,
    isPending: false,
    repaired: [],
    removed: [],
    handed: [],
    kept: [],
    errors: [],
  };
}

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSandbox, type Sandbox } from '#scripts/sandbox/sandbox.ts';
import type { BenchRow, Finding } from './bench-row.ts';

const SOURCE = 'us-east-1';
const DESTINATIONS = [
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'eu-west-1',
  'eu-west-2',
  'eu-central-1',
  'ap-south-1',
  'ap-northeast-1',
  'ap-southeast-1',
  'sa-east-1',
];

/** One finds the image, one reads with whom it is shared. */
const REQUESTS_A_JOB = 2;
/** Copies, their snapshots, and what is shared, are listed once for all jobs, by the thousand. */
const REQUESTS_A_REGION = 3;

/** `landfall-ops sync --plan` of a large estate in which all is in sync: what cron runs every hour. */
export const syncPlan: BenchRow = {
  name: 'sync',
  async measure(bench) {
    const binary = join(dirname(bench.binary), 'landfall-ops');
    if (!existsSync(binary))
      return [{ what: 'a plan', skipped: `${binary} is missing: npm run build first` }];
    const jobs = bench.quick ? 50 : 200;
    await using sandbox = await openSandbox();
    const snapshots = layOut(sandbox, jobs);
    const folder = mkdtempSync(join(tmpdir(), 'landfall-bench-sync-'));
    try {
      const { ms, cpuMs, peakMiB } = await plan(binary, folder, configuration(jobs), sandbox.url);
      const requests = sandbox.requests.entries.length;
      const detail = `${jobs} images, ${DESTINATIONS.length} regions, ${snapshots} snapshots, all in sync`;
      const most = jobs * REQUESTS_A_JOB + DESTINATIONS.length * REQUESTS_A_REGION;
      return [
        {
          what: 'a plan',
          value: ms,
          unit: 'ms',
          bar: { atMost: 10_000 },
          detail: `${detail}; ${Math.round(cpuMs)} ms of a processor`,
        },
        { what: 'resident at its peak', value: peakMiB, unit: 'MiB', bar: { atMost: 150 }, detail },
        {
          what: 'requests against a linear count',
          value: requests / most,
          unit: 'x',
          bar: { atMost: 1 },
          detail: `${requests} requests, at most ${REQUESTS_A_JOB} a job and ${REQUESTS_A_REGION} a region`,
        },
      ] satisfies readonly Finding[];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function openSandbox(): Promise<Sandbox & AsyncDisposable> {
  const sandbox = await startSandbox();
  return Object.assign(sandbox, { [Symbol.asyncDispose]: () => sandbox.close() });
}

/** Every image with a copy everywhere, and tags on all of them as sync leaves them. Returns how many snapshots there are. */
function layOut(sandbox: Sandbox, jobs: number): number {
  const at = '20261101061000+0000';
  const shared = { sharedWith: ['111122223333'] };
  let snapshots = 0;
  for (let job = 0; job < jobs; job += 1) {
    const name = `app-${job}`;
    const own = { app: name, team: 'payroll', Environment: 'Production' };
    const source = sandbox.images.add({ region: SOURCE, name, tags: own, ...shared });
    snapshots += 1;
    for (const [index, region] of DESTINATIONS.entries()) {
      // Two and three volumes in turn: 5,000 snapshots with those of the sources.
      const volumes = index % 2 === 0 ? 2 : 3;
      const tags = { ...own, [`Sync-From-${SOURCE}`]: `${at} / ${source}`, 'Sync-Job': jobName(job) };
      const copy = sandbox.images.add({ region, name, tags, volumes, ...shared });
      sandbox.images.tag(SOURCE, source, `Sync-${region}`, `${at} / ${copy}`);
      snapshots += volumes;
    }
  }
  return snapshots;
}

function jobName(job: number): string {
  return `sync_app_${job}`;
}

function configuration(jobs: number): string {
  const where = `source_region: ${SOURCE}, destination_regions: [${DESTINATIONS.join(', ')}]`;
  return Array.from(
    { length: jobs },
    (_, job) =>
      `${jobName(job)}: {sync_type: ec2_ami, ${where}, filters: ['tag:app=app-${job}'], max_images_to_retain: 2}\n`,
  ).join('');
}

async function plan(
  binary: string,
  folder: string,
  config: string,
  url: string,
): Promise<{ readonly ms: number; readonly cpuMs: number; readonly peakMiB: number }> {
  const file = join(folder, 'jobs.yaml');
  writeFileSync(file, config);
  const started = performance.now();
  const child = spawn(binary, ['sync', file, '--plan', '--json'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'x',
      LANDFALL_OPS_STATE_DIR: join(folder, 'state'),
      HOME: folder,
      PATH: '/usr/bin:/bin',
    },
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let peakKiB = 0;
  let cpuMs = 0;
  while (child.exitCode === null && child.signalCode === null) {
    peakKiB = Math.max(peakKiB, peakOf(child.pid));
    cpuMs = Math.max(cpuMs, processorOf(child.pid));
    await sleep(50);
  }
  const ms = performance.now() - started;
  const code = await ended;
  if (code !== 0) throw new Error(`sync --plan ended with ${code}: ${said}`);
  return { ms, cpuMs, peakMiB: peakKiB / 1024 };
}

/** 0 once it has ended. */
function peakOf(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Milliseconds of processor so far, in user and kernel mode; the kernel counts them in hundredths of a second. */
function processorOf(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return 0;
  }
}

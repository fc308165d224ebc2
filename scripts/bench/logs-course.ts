import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from '#scripts/sandbox/sandbox.ts';
import type { BootCourse } from './boot-course.ts';
import type { FloorTarget } from './logs-floor.ts';

const REGION = 'eu-west-1';
const BUCKET = `bench-config-${REGION}`;
const GROUP = '/bench/app';

/** An instance whose plan ships `folder/*.log`, and metrics every minute. */
export interface LogsCourse extends BootCourse {
  readonly folder: string;
  /** Events that arrived of the agent. */
  arrived(): number;
  /** Where a program of the bench's own may put a file of `folder`. */
  floor(file: string): FloorTarget;
}

export async function logsCourse(): Promise<LogsCourse> {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-bench-logs-'));
  const sandbox = await startSandbox({ requestLogSize: 1000 });
  const instance = await sandbox.addInstance({ region: REGION, tags: { role: 'web', environment: 'prod' } });
  sandbox.addBucket({ name: BUCKET, region: REGION });
  sandbox.putObject(BUCKET, 'bench/base/app.properties', 'a=1\n');
  const plan = `logs: { app: { path: "${folder}/*.log", group: "${GROUP}" } }\nmetrics: { namespace: "Bench", interval: 60s, collect: [cpu, memory, swap, disk, network, load] }\n`;
  sandbox.putObject(BUCKET, 'bench/base/plan.yaml', plan);
  return {
    imdsUrl: instance.imdsUrl,
    awsUrl: sandbox.url,
    bucket: BUCKET,
    prefix: 'bench',
    folder,
    arrived: () => arrivedIn(sandbox, instance.instanceId),
    floor: (file) => ({
      awsUrl: sandbox.url,
      region: REGION,
      group: '/bench/floor',
      stream: file,
      file: join(folder, file),
    }),
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function arrivedIn(sandbox: Sandbox, instanceId: string): number {
  return sandbox.logs.events(REGION, GROUP, instanceId).length;
}

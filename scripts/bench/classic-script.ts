import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BootCourse } from './boot-course.ts';
import { findProgram } from './program.ts';

const SCRIPT = fileURLToPath(new URL('classic.sh', import.meta.url));

export interface ClassicScript {
  /** Of the aws command line, on which the time depends most. */
  readonly version: string;
  run(course: BootCourse): Promise<ClassicRun>;
}

export interface ClassicRun {
  /** Milliseconds from the start of bash to its end. */
  readonly tookMs: number;
  /** What it left, the last assignment of a key counting. */
  readonly properties: Readonly<Record<string, string>>;
}

/** The script with the aws command line it needs; undefined when this machine has none. */
export function findClassicScript(): ClassicScript | undefined {
  const aws = findProgram('aws');
  if (aws === undefined) return undefined;
  const version = spawnSync(aws, ['--version'], { encoding: 'utf8' }).stdout.split(' ')[0] ?? 'aws';
  return { version, run: (course) => runScript(dirname(aws), course) };
}

async function runScript(awsFolder: string, course: BootCourse): Promise<ClassicRun> {
  const home = mkdtempSync(join(tmpdir(), 'landfall-bench-classic-'));
  try {
    const started = performance.now();
    const child = spawn('/bin/bash', [SCRIPT], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: `${awsFolder}:/usr/sbin:/usr/bin:/sbin:/bin`,
        HOME: home,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: course.imdsUrl,
        AWS_ENDPOINT_URL: course.awsUrl,
        CONFIG_SOURCE: `s3://${course.bucket}/${course.prefix}`,
        CONFIG_DIR: join(home, 'config'),
      },
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    const tookMs = performance.now() - started;
    if (code !== 0) throw new Error(`${SCRIPT} ended with exit code ${code}`);
    return { tookMs, properties: readProperties(join(home, 'config', 'effective.properties')) };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function readProperties(file: string): Record<string, string> {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return Object.fromEntries(lines.map((line) => line.split('=', 2) as [string, string]));
}

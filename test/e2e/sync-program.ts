import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const OPS = resolve('dist/landfall-ops');

interface JobDocument {
  readonly name: string;
  readonly completed: boolean;
  readonly sync_required: boolean;
  readonly created_resource: string | null;
  readonly errors: readonly { readonly code: string; readonly message: string }[];
  readonly regions: readonly {
    readonly region: string;
    readonly state: string;
    readonly resource: string | null;
    readonly repaired: readonly string[];
    readonly removed: readonly string[];
    readonly handed_over: readonly string[];
    readonly kept: readonly string[];
  }[];
}

export interface Synced {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly jobs: readonly JobDocument[];
}

/** The built `landfall-ops sync` of one machine: a folder for configurations and journals. */
export class SyncProgram {
  readonly folder = mkdtempSync(join(tmpdir(), 'landfall-sync-'));
  readonly #url: string;
  readonly #s3: string;
  #child: ChildProcess | undefined;

  /** @param s3 where leases and parameters lie, when not there as well. */
  constructor(url: string, s3 = url) {
    if (!existsSync(OPS)) throw new Error('dist/landfall-ops is missing: run `npm run build` first');
    this.#url = url;
    this.#s3 = s3;
  }

  config(name: string, text: string): string {
    const path = join(this.folder, `${name}.yaml`);
    writeFileSync(path, text);
    return path;
  }

  run(config: string, ...args: readonly string[]): Promise<Synced> {
    const child = spawn(OPS, ['sync', config, '--poll', '100ms', ...args], { env: this.#env });
    this.#child = child;
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
    return new Promise((done) => {
      child.once('close', (code) => done({ code, out, err, jobs: jobsOf(out) }));
    });
  }

  /** -9, in the middle of whatever it does. */
  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  /** As on another machine. */
  forget(): void {
    rmSync(join(this.folder, 'state'), { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #env(): NodeJS.ProcessEnv {
    return {
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_ENDPOINT_URL: this.#url,
      AWS_ENDPOINT_URL_S3: this.#s3,
      AWS_ENDPOINT_URL_SSM: this.#s3,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9',
      LANDFALL_OPS_STATE_DIR: join(this.folder, 'state'),
      HOME: this.folder,
      PATH: '/usr/bin:/bin',
    };
  }
}

function jobsOf(out: string): readonly JobDocument[] {
  try {
    return (JSON.parse(out) as { jobs: readonly JobDocument[] }).jobs;
  } catch {
    return [];
  }
}

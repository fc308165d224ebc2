import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whyMissing } from './oracle.ts';
import { ask } from './raw-http.ts';

const PROGRAM = 'prometheus';

/** Why nobody can scrape here in earnest; undefined when somebody can. */
export const PROMETHEUS_IS_MISSING =
  spawnSync(PROGRAM, ['--version']).status === 0 ? undefined : whyMissing('prometheus');

export interface ScrapeTarget {
  readonly job: string;
  readonly health: string;
  /** Why the last scrape could not be used; empty when it could. */
  readonly lastError: string;
}

export interface PromSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

/** A real Prometheus, on loopback only, that scrapes each job's port of 127.0.0.1 every second. */
export class Prometheus implements AsyncDisposable {
  readonly #folder: string;
  readonly #port: number;
  readonly #stop: () => Promise<void>;

  static async start(jobs: Readonly<Record<string, number>>): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'landfall-prometheus-'));
    const scrape_configs = Object.entries(jobs).map(([job_name, port]) => {
      return { job_name, static_configs: [{ targets: [`127.0.0.1:${port}`] }] };
    });
    // JSON is YAML.
    const config = { global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs };
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const child = spawn(
      PROGRAM,
      ['--config.file=prometheus.yml', '--storage.tsdb.path=data', '--web.listen-address=127.0.0.1:0'],
      { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const port = await new Promise<number>((resolve, reject) => {
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-16_384);
        const listens = /msg="Listening on" address=127\.0\.0\.1:(\d+)/.exec(said);
        if (listens && said.includes('Server is ready')) resolve(Number(listens[1]));
      });
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`${PROGRAM} ended with ${code}: ${said}`)));
    });
    return new Prometheus(folder, port, async () => {
      child.kill('SIGTERM');
      await exited;
    });
  }

  private constructor(folder: string, port: number, stop: () => Promise<void>) {
    this.#folder = folder;
    this.#port = port;
    this.#stop = stop;
  }

  async targets(): Promise<readonly ScrapeTarget[]> {
    const { activeTargets } = (await this.#api('targets?state=active')) as {
      activeTargets: readonly { labels: { job: string }; health: string; lastError: string }[];
    };
    return activeTargets.map(({ labels, health, lastError }) => ({ job: labels.job, health, lastError }));
  }

  /** The type each job told of a family. */
  async typesOf(metric: string): Promise<Readonly<Record<string, string>>> {
    const found = (await this.#api(`targets/metadata?metric=${metric}`)) as readonly {
      target: { job: string };
      type: string;
    }[];
    return Object.fromEntries(found.map(({ target, type }) => [target.job, type]));
  }

  /** The series of an expression: one value each, or several of a range such as `up[1m]`. */
  async query(expression: string): Promise<readonly PromSeries[]> {
    const { result } = (await this.#api(`query?query=${encodeURIComponent(expression)}`)) as {
      result: readonly {
        metric: Record<string, string>;
        value?: readonly [number, string];
        values?: readonly (readonly [number, string])[];
      }[];
    };
    return result.map(({ metric, value, values }) => ({
      labels: metric,
      values: (values ?? (value ? [value] : [])).map(([, text]) => Number(text)),
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #api(path: string): Promise<unknown> {
    const answer = await ask({ host: '127.0.0.1', port: this.#port }, { path: `/api/v1/${path}` });
    if (answer.status !== 200) throw new Error(`prometheus answered ${answer.status}: ${answer.text}`);
    return answer.json()['data'];
  }
}

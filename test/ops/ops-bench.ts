import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import { createReleaseSource, type Fetched } from '#config-service';
import { createHostGuard } from '#agent/aws/host-guard.ts';
import { createS3Store } from '#agent/aws/s3-store.ts';
import { createSignedSender } from '#agent/aws/signed-sender.ts';
import { createTransport } from '#agent/aws/transport.ts';
import { systemClock } from '#kit/clock.ts';
import { ok } from '#kit/outcome.ts';
import type { OpsContext } from '#scripts/ops/console/context.ts';
import { runOps } from '#scripts/ops/program.ts';
import { startSandbox, type Sandbox } from '#scripts/sandbox/sandbox.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { agentsOf, documentationKeys, LIMITS, valueOf } from '../support/pinned.ts';

export const TO = ['--to', 's3://payroll-{region}/landfall'];
export const BOTH = [...TO, '--regions', 'eu-west-1,us-east-1'];

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

type Files = Readonly<Record<string, string>>;

/** `landfall-ops` in this process, against a sandbox with a bucket in each of two regions. */
export interface OpsBench {
  readonly sandbox: Sandbox;
  readonly clock: FakeClock;
  /** What the command finds instead of the process, to change a part of it. */
  context: OpsContext;
  run(...args: string[]): Promise<Ran>;
  /** A fresh folder of configuration. */
  folder(files: Files): Promise<string>;
  /** What an agent of the region is served, layer by layer: read by its own client and source. */
  read(region: string, layers: readonly string[]): Promise<Fetched>;
  /** The pointer of a region, as JSON; undefined when there is none. */
  pointer(region: string): PointerDocument | undefined;
  keys(region: string): readonly string[];
}

export interface PointerDocument {
  readonly region: string;
  readonly stable: ReleaseDocument;
  readonly candidate?: {
    readonly release: ReleaseDocument;
    readonly steps: unknown;
    readonly halted?: unknown;
  };
}

interface ReleaseDocument {
  readonly id: string;
  readonly layers: Readonly<Record<string, unknown>>;
  readonly signatures?: readonly unknown[];
}

/** @param sameTime whether S3 goes by the clock of the test, too. */
export async function opsBench(sameTime = false): Promise<OpsBench> {
  const clock = new FakeClock();
  const sandbox = await startSandbox(sameTime ? { clock } : {});
  const root = await mkdtemp(path.join(os.tmpdir(), 'landfall-ops-'));
  afterEach(async () => {
    await sandbox.close();
    await rm(root, { recursive: true, force: true });
  });
  for (const region of ['eu-west-1', 'us-east-1']) sandbox.addBucket({ name: `payroll-${region}`, region });
  let folders = 0;
  let out = '';
  let err = '';
  const bench: OpsBench = {
    sandbox,
    clock,
    context: {
      out: (text) => void (out += text),
      outBytes: (bytes) => void (out += Buffer.from(bytes).toString('latin1')),
      err: (text) => void (err += text),
      colour: false,
      errIsTerminal: false,
      columns: 0,
      env: { AWS_ENDPOINT_URL: sandbox.url },
      clock,
      random: () => 0.5,
      stop: new AbortController().signal,
      loadCredentials: async () => ok({ accessKeyId: 'AKIAOPERATOR', secretAccessKey: 'secret' }),
    },
    run: async (...args) => {
      out = '';
      err = '';
      const code = await runOps(args, bench.context);
      return { code, out, err };
    },
    folder: async (files) => {
      const folder = path.join(root, String((folders += 1)));
      for (const [file, text] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
        await writeFile(path.join(folder, file), text);
      }
      return folder;
    },
    read: async (region, layers) => {
      const pin = { region, partition: 'aws', dnsSuffix: 'amazonaws.com', account: '123456789012' };
      const endpoint = { url: new URL(sandbox.url), overridden: true };
      const transport = createTransport({
        agents: agentsOf(),
        guard: createHostGuard(pin, [endpoint]),
        limits: LIMITS,
        clock: systemClock,
      });
      const store = createS3Store({
        sender: createSignedSender({
          pin,
          credentials: documentationKeys(),
          transport,
          clock: systemClock,
        }),
        endpoint,
        bucket: `payroll-${region}`,
        owner: pin.account,
        clock: systemClock,
      });
      const source = createReleaseSource({ store, prefix: 'landfall', region });
      const signal = new AbortController().signal;
      const asked = layers.map((name) => ({ name }));
      return valueOf(await source.fetch({ layers: asked, previous: undefined, signal }));
    },
    pointer: (region) => {
      const object = sandbox.getObject(`payroll-${region}`, 'landfall/current.json');
      return object && (JSON.parse(object.body.toString('utf8')) as PointerDocument);
    },
    keys: (region) =>
      sandbox.buckets
        .get(`payroll-${region}`)
        ?.sorted()
        .map(({ key }) => key) ?? [],
  };
  return bench;
}

export const PAYROLL: Files = {
  'base/app.properties':
    'app.name = payroll\nqueue = https://sqs.${@region}.amazonaws.com/pay\nworkers = 2\n',
  'base/plan.yaml': 'require: [db.host]\n',
  'base/scripts/setup.sh': 'echo setup\n',
  'region/eu-west-1/db.properties': 'db.host = a.eu-west-1.rds.amazonaws.com\n',
  'region/us-east-1/db.properties': 'db.host = b.us-east-1.rds.amazonaws.com\n',
  'role/web/web.yaml': 'workers: 8\n',
};

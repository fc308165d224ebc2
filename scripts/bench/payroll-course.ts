import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSandbox } from '#scripts/sandbox/sandbox.ts';
import type { BootCourse } from './boot-course.ts';

const REGION = 'eu-west-1';
const BUCKET = `payroll-config-${REGION}`;
const PREFIX = 'payroll';
const EXAMPLE = fileURLToPath(new URL('../../examples/payroll', import.meta.url));

/** A web server of `examples/payroll` as it would be in production: with a rendered file, logs and metrics. */
export interface PayrollCourse extends BootCourse {
  /** Where its logs lie, and what is rendered. */
  readonly folder: string;
  /** Replaces a file of 2,000 keys and 130 KB; a tenth of them differ from one number to the next. */
  change(number: number): void;
}

export async function payrollCourse(): Promise<PayrollCourse> {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-bench-payroll-'));
  const sandbox = await startSandbox({ requestLogSize: 1000 });
  const tags = { role: 'web', environment: 'prod' };
  const instance = await sandbox.addInstance({ region: REGION, tags });
  sandbox.addBucket({ name: BUCKET, region: REGION });
  const put = (path: string, body: string | Uint8Array): void =>
    void sandbox.putObject(BUCKET, `${PREFIX}/${path}`, body);
  for (const path of filesBelow(EXAMPLE)) {
    const region = /^region\/([^/]+)\//.exec(path)?.[1];
    if (region === undefined || region === REGION) put(path, readFileSync(join(EXAMPLE, path)));
  }
  for (const [path, text] of Object.entries(production(folder))) put(path, text);
  for (let log = 0; log < 3; log += 1) writeFileSync(join(folder, `${log}.log`), 'up\n');
  return {
    imdsUrl: instance.imdsUrl,
    awsUrl: sandbox.url,
    bucket: BUCKET,
    prefix: PREFIX,
    folder,
    change: (number) => put('base/catalogue.json', catalogue(number)),
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What the example leaves to its roles: of the one with nginx the rest would be installed on this machine. */
function production(folder: string): Readonly<Record<string, string>> {
  return {
    'environment/prod/plan.yaml': `
templates:
  payroll: { source: templates/payroll.conf.liquid, target: ${folder}/payroll.conf }
environmentFiles:
  payroll: { target: ${folder}/payroll.env, prefix: db. }
logs:
  app: { path: "${folder}/*.log", group: "/{environment}/{role}/app", retention: 30d }
metrics: { namespace: "Landfall/{environment}", interval: 60s, collect: [cpu, memory, swap, disk, network, load], statsd: "127.0.0.1:0" }
`,
    'environment/prod/templates/payroll.conf.liquid':
      '# {{ app.name }} in {{ landfall.region }}\nlevel = {{ log.level | downcase }}\n',
  };
}

function catalogue(number: number): string {
  const keys = Array.from({ length: 2000 }, (_, index) => {
    const value = 'x'.repeat(50) + (index % 10 === number % 10 ? String(number) : '');
    return [`catalogue.item${index}`, value] as const;
  });
  return JSON.stringify(Object.fromEntries(keys));
}

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name !== 'README.md')
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
}

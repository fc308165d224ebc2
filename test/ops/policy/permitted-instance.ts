import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { leaseFor, printLease } from '#agent/apply/steps/fleet-lease.ts';
import type { Daemon } from '#agent/daemon/daemon.ts';
import { objectKey, printPointer, sha256Hex } from '#config-service';
import type { PolicyDocument } from '#scripts/ops/policy/grant.ts';
import { daemonBench, type DaemonBench } from '../../support/daemon-bench.ts';
import { ACCOUNT } from '../../support/iam-call.ts';
import { elapse } from '../../support/patience.ts';
import { startIamGate, type IamGate } from '../../support/iam-gate.ts';
import { releaseOf } from '../../support/release-fixture.ts';
import { opsCommand } from './ops-command.ts';

const HERE = 'eu-west-1';

export const LAYERS = [
  'base',
  'role/{role}',
  'environment/{environment}',
  'instance/{instanceId}',
  'ssm:/payroll/{environment}/',
  'dynamodb:archaiusProperties',
  'dynamodb:settings?key={environment}',
  'appconfig:payroll/{environment}/app',
].join(',');

type Files = Readonly<Record<string, string>>;

const HOOKS = [
  { name: 'up', on: 'launch' },
  { name: 'down', on: 'termination', heartbeat: 30 },
] as const;

/** A folder in which everything that takes a permission is asked for, but volumes: to mount one takes root. */
export const EVERYTHING: Files = {
  'base/app.properties': 'secret = ${@secret:payroll/db}\ntoken = ${@ssm:/shared/token}\n',
  'base/scripts/migrate.sh': 'true\n',
  'base/plan.yaml': [
    'peers: { every: 10s }',
    'leaks: { mode: warn }',
    'scripts: { migrate: { run: scripts/migrate.sh, when: fleet } }',
    'claims: { address: { tag: "service=payroll", release: true, timeout: 5s } }',
    'logs:',
    '  new: { path: APP_LOG, group: "/{environment}/new" }',
    '  old: { path: APP_LOG, group: "/{environment}/old", retention: 7d, tags: { team: pay }, metricFilters: { errors: { pattern: ERROR } } }',
    'metrics: { namespace: "Payroll/{environment}", interval: 10s, own: ["*"] }',
    'signals:',
    '  launchHook: up',
    '  terminationHook: down',
    '  cloudFormation: { stack: payroll, resource: WebGroup }',
    '',
  ].join('\n'),
  'role/web/web.properties': 'workers = 8\n',
  'environment/prod/prod.properties': 'level = WARN\n',
};

export const PLAIN: Files = {
  'base/app.properties': 'app.name = payroll\n',
  'role/web/web.properties': 'workers = 8\n',
  'environment/prod/prod.properties': 'level = WARN\n',
};

export const VOLUMES: Files = {
  ...PLAIN,
  'base/plan.yaml':
    'claims: { volumes: { data: { tag: "service=payroll", mount: /nowhere, timeout: 5s } } }\n',
};

export interface PermittedInstance {
  readonly bench: DaemonBench;
  readonly gate: IamGate;
  /** The policy that `landfall-ops policy` prints for the folder. */
  readonly printed: PolicyDocument;
  start(): Promise<Daemon>;
  /** Its group lets it go. */
  leave(): void;
}

/** An instance whose every call of AWS is judged by what `landfall-ops policy` printed for its folder. */
export async function permittedInstance(files: Files, layout = 'tree'): Promise<PermittedInstance> {
  // Before the instance, which has things to say when it ends.
  const gate = await startIamGate(() => ({ service: 'payroll' }));
  onTestFinished(() => gate.close());
  const bench = await daemonBench({ tagsInMetadata: false });
  const { sandbox, instance } = bench;
  const log = join(dirname(bench.stateDir), 'app.log');
  await writeFile(log, 'a line\n');
  const folder = Object.entries(files).map(
    ([path, text]) => [path, text.replaceAll('APP_LOG', log)] as const,
  );
  for (const [path, text] of layout === 'release' ? releasedObjects(files) : folder) bench.put(path, text);
  // Another instance had the turn of the fleet, so that there is something to read.
  const turn = `fleet/environment/prod/migrate/${sha256Hex(EVERYTHING['base/scripts/migrate.sh'] ?? '')}.json`;
  bench.put(turn, Buffer.from(printLease({ ...leaseFor('i-0b', 0, 0), state: 'done' })).toString());
  sandbox.secrets.put(HERE, 'payroll/db', 'hush');
  sandbox.parameters.put(HERE, '/shared/token', 'hush');
  sandbox.parameters.put(HERE, '/payroll/prod/db/password', 'hush');
  sandbox.tables.create(HERE, 'archaiusProperties', ['key']);
  sandbox.tables.create(HERE, 'settings', ['key']);
  sandbox.tables.put(HERE, 'archaiusProperties', { key: { S: 'a' }, value: { S: '1' } });
  sandbox.tables.put(HERE, 'settings', { key: { S: 'prod' }, b: { S: '1' } });
  sandbox.appConfig.deploy(HERE, 'payroll/prod/app', { content: '{"c":1}', contentType: 'application/json' });
  sandbox.stacks.wait(HERE, 'payroll', 'WebGroup');
  sandbox.addresses.allocate(HERE, { service: 'payroll' });
  sandbox.volumes.create({ region: HERE, zone: `${HERE}a`, tags: { service: 'payroll' } });
  sandbox.logs.groups(HERE).set('/prod/old', {
    name: '/prod/old',
    createdAt: 0,
    class: 'STANDARD',
    tags: {},
    kmsKey: undefined,
    retentionDays: undefined,
    streams: new Map(),
    // One that the plan does not have any more.
    filters: new Map([
      ['landfall/old/gone', { name: 'landfall/old/gone', pattern: '', transformation: {}, createdAt: 0 }],
    ]),
  });
  const { instances } = sandbox.groups.add({ name: 'payroll', region: HERE, hooks: HOOKS });
  instances.set(instance.instanceId, 'Pending:Wait');
  const more = ['--layers', LAYERS, '--describe-tags'];
  const printed = await printedPolicy(Object.fromEntries(folder), layout, more);
  gate.policy = printed;
  gate.aws = sandbox.url;
  const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: instance.imdsUrl, AWS_ENDPOINT_URL: gate.url };
  return {
    bench,
    gate,
    printed,
    async start() {
      const daemon = await bench.daemon({
        host: { env, random: () => 0.5 },
        flags: { layers: LAYERS, layout },
      });
      onTestFinished(() => elapse(bench.clock, daemon.close(600_000)));
      return daemon;
    },
    leave() {
      instances.set(instance.instanceId, 'Terminating:Wait');
      instance.setMetadata('autoscaling/target-lifecycle-state', 'Terminated');
    },
  };
}

/** By key below the prefix, as `landfall-ops publish` leaves them. */
export function releasedObjects(files: Files): ReadonlyMap<string, string> {
  const objects = new Map<string, string>();
  const contents: Record<string, Record<string, string>> = {};
  for (const [path, text] of Object.entries(files)) {
    const [, layer = '', file = ''] = /^(base|[a-z]+\/[a-z]+)\/(.*)$/.exec(path) ?? [];
    contents[layer] = { ...contents[layer], [file]: text };
    objects.set(objectKey(layer, sha256Hex(text)), text);
  }
  const stable = releaseOf('20261121T032100Z-0000', contents);
  return objects.set('current.json', printPointer({ region: HERE, stable }));
}

/** @param more options beside those that say whose policy it is. */
export async function printedPolicy(
  files: Files,
  layout: string,
  more: readonly string[],
): Promise<PolicyDocument> {
  const folder = await mkdtemp(join(tmpdir(), 'landfall-policy-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const source = ['--source', 's3://config-{region}/payroll', '--layout', layout];
  const whose = ['--role', 'web', '--environment', 'prod', '--regions', HERE, '--account', ACCOUNT];
  const text = await opsCommand('policy', '--folder', folder, ...whose, ...source, ...more);
  await rm(folder, { recursive: true });
  return JSON.parse(text) as PolicyDocument;
}

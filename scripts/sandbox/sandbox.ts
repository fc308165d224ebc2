import { systemClock } from '#kit/clock.ts';
import type { Clock } from '#kit/clock.ts';
import { AutoScalingGroups, autoScalingService } from './signals/auto-scaling.ts';
import { awsEndpoint } from './aws-endpoint.ts';
import { cloudFormationService, SignalledStacks } from './signals/cloudformation.ts';
import { AlarmShelf } from './cloudwatch/alarms.ts';
import { cloudwatchService, MetricStore } from './cloudwatch/cloudwatch.ts';
import { controlApi } from './control.ts';
import { ElasticIps } from './ec2/elastic-ips.ts';
import { ImageShelf } from './ec2/ec2-images.ts';
import { EbsVolumes } from './ec2/ebs-volumes.ts';
import { ec2Service } from './ec2/ec2.ts';
import { Faults } from './wire/faults.ts';
import { startInstance } from './imds/instance.ts';
import type { SandboxInstance } from './imds/instance.ts';
import { listen } from './wire/listener.ts';
import { LogStore } from './logs/log-store.ts';
import { logsService } from './logs/logs.ts';
import { RequestLog } from './wire/request-log.ts';
import { Bucket } from './s3/bucket.ts';
import { s3Service } from './s3/s3.ts';
import { ParameterStore, ssmService } from './secrets/parameter-store.ts';
import { SecretStore, secretsManagerService } from './secrets/secret-store.ts';
import { appConfigDataService, AppConfigShelf } from './stores/app-config.ts';
import { dynamoDbService, TableRack } from './stores/dynamo-db.ts';
import type { Sandbox } from './stand-in.ts';

export type { Sandbox } from './stand-in.ts';

export interface SandboxOptions {
  /** Port of the AWS endpoint, on 127.0.0.1. Default 0: a free one. */
  readonly port?: number;
  readonly clock?: Clock;
  /** Owner of buckets and instances that name none. Default 123456789012. */
  readonly account?: string;
  /** Entries of `requests` that are kept. Default 100,000. */
  readonly requestLogSize?: number;
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const clock = options.clock ?? systemClock;
  const account = options.account ?? '123456789012';
  const closing = new AbortController();
  const faults = new Faults();
  const requests = new RequestLog(options.requestLogSize ?? 100_000);
  const stage = { clock, faults, requests, closing: closing.signal };
  const now = (): number => clock.now();

  const buckets = new Map<string, Bucket>();
  const instances = new Map<string, SandboxInstance>();
  const metrics = new MetricStore();
  const alarms = new AlarmShelf(account);
  const logs = new LogStore();
  const parameters = new ParameterStore(account, now);
  const secrets = new SecretStore(account, now);
  const appConfig = new AppConfigShelf(now);
  const tables = new TableRack();
  const addresses = new ElasticIps(now, (id, region) => instances.get(id)?.region === region);
  const volumes = new EbsVolumes(now, (id) => instances.get(id));
  const images = new ImageShelf(account);
  const groups = new AutoScalingGroups();
  const stacks = new SignalledStacks();
  let launched = 0;

  const services = [
    s3Service(buckets, account, now),
    ec2Service(() => instances.values(), {
      ...addresses.actions,
      ...volumes.actions,
      ...images.actions,
    }),
    cloudwatchService(metrics, alarms, now),
    logsService(logs, account, now),
    ssmService(parameters),
    secretsManagerService(secrets),
    appConfigDataService(appConfig),
    dynamoDbService(tables),
    autoScalingService(groups),
    cloudFormationService(stacks),
  ];
  const endpoint = await listen(
    { port: options.port ?? 0 },
    awsEndpoint({ stage, services, control: (request, response) => control(request, response) }),
  );

  const sandbox: Sandbox = {
    url: endpoint.url,
    requests,
    faults,
    metrics,
    alarms,
    logs,
    parameters,
    secrets,
    appConfig,
    tables,
    addresses,
    volumes,
    images,
    groups,
    stacks,
    instances,
    buckets,
    async addInstance(wanted) {
      launched += 1;
      const instanceId = wanted.instanceId ?? `i-${launched.toString(16).padStart(17, '0')}`;
      if (instances.has(instanceId)) throw new Error(`instance ${instanceId} exists already`);
      const facts = {
        instanceId,
        region: wanted.region,
        zone: wanted.zone ?? `${wanted.region}a`,
        account: wanted.account ?? account,
        imageId: wanted.imageId ?? 'ami-0123456789abcdef0',
        instanceType: wanted.instanceType ?? 't3.small',
        privateIp: `10.0.${(launched >> 8) & 255}.${launched & 255}`,
        launchedAt: wanted.launchedAt ?? now(),
      };
      const instance = await startInstance(stage, facts, wanted);
      instances.set(instanceId, instance);
      return instance;
    },
    addBucket({ name, region, owner = account }) {
      if (buckets.has(name)) throw new Error(`bucket ${name} exists already`);
      const bucket = new Bucket(name, region, owner);
      buckets.set(name, bucket);
      return bucket;
    },
    putObject: (name, key, body) => bucketNamed(name).put(key, Buffer.from(body), now()),
    getObject: (name, key) => bucketNamed(name).get(key),
    deleteObject: (name, key) => bucketNamed(name).delete(key),
    async close() {
      closing.abort();
      await Promise.all([endpoint.close(), ...[...instances.values()].map((instance) => instance.close())]);
    },
  };
  const control = controlApi(sandbox);
  return sandbox;

  function bucketNamed(name: string): Bucket {
    const bucket = buckets.get(name);
    if (!bucket) throw new Error(`no bucket ${name}`);
    return bucket;
  }
}

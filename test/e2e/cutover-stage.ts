import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateTagsCommand, EC2Client, RegisterImageCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import {
  CopyDBSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DescribeDBInstancesCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

import { printPointer } from '../../config-service/release/pointer.ts';
import { dnsServer, type DnsServer, type Zone } from '../support/dns-server.ts';
import { loopbackServer, type LoopbackServer } from '../support/loopback-server.ts';
import type { Moto } from '../support/moto.ts';
import { releaseOf } from '../support/release-fixture.ts';
import {
  BUSY,
  callOf,
  scriptIn,
  STALE,
  type CutoverCall,
  type CutoverMishap,
  type CutoverRan,
} from './cutover-call.ts';

const OPS = resolve('dist/landfall-ops');
export const [FROM, TO] = ['eu-west-1', 'us-east-1'];
export const NAME = 'payroll.example.com';
export const [OLD_ADDRESS, NEW_ADDRESS] = ['203.0.113.7', '198.51.100.9'];
export const [OLD_SIX, NEW_SIX] = ['2001:db8::7', '2001:db8::9'];
/** Restored for the rehearsal. */
export const REHEARSED = 'payroll-rehearsal';
const TESTER = 'i-0123456789abcdef0';
/** Seconds: short, for the test has to wait for it. */
export const OLD_TTL = 3;

/** What an alias can lead to. */
export const BALANCER = 'payroll-1.us-east-1.elb.amazonaws.com';
const BALANCED = [NEW_ADDRESS, NEW_SIX];

const led = (name: string): Zone | undefined =>
  name === BALANCER ? { addresses: BALANCED, ttl: 60 } : undefined;
const isSix = (address: string): boolean => address.includes(':');

const CREDENTIALS = { accessKeyId: 'x', secretAccessKey: 'x' };

/** A service in one region and all that another one needs of it, on moto behind a relay, with resolvers and a healthy new side. */
export class CutoverStage {
  readonly folder = mkdtempSync(join(tmpdir(), 'landfall-cutover-'));
  readonly file = join(this.folder, 'payroll.yaml');
  mishap: (call: CutoverCall) => CutoverMishap | undefined = () => undefined;
  /** Sees each call once it took effect. */
  acted: (call: CutoverCall) => void = () => {};
  status = 200;
  /** The scripts that instances were given. */
  readonly scripts: string[] = [];
  zone = '';
  kept: { readonly zone: Zone; readonly until: number } | undefined;
  readonly route53: Route53Client;
  readonly ec2: EC2Client;
  readonly rds: RDSClient;
  readonly #moto: Moto;
  readonly #relay: http.Server;
  readonly #calls: CutoverCall[] = [];
  #resolvers: readonly DnsServer[] = [];
  #green: LoopbackServer | undefined;

  static async open(moto: Moto): Promise<CutoverStage> {
    const stage = new CutoverStage(moto);
    await new Promise<void>((done) => stage.#relay.listen(0, '127.0.0.1', done));
    await stage.#furnish();
    return stage;
  }

  private constructor(moto: Moto) {
    this.#moto = moto;
    this.route53 = new Route53Client({ endpoint: moto.url, credentials: CREDENTIALS, region: TO });
    this.ec2 = new EC2Client({ endpoint: moto.url, credentials: CREDENTIALS, region: TO });
    this.rds = new RDSClient({ endpoint: moto.url, credentials: CREDENTIALS, region: TO });
    this.#relay = http.createServer((request, response) => {
      this.#pass(request, response).catch(() => response.destroy());
    });
  }

  async #pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const call = callOf(request, body.toString('latin1'));
    this.#calls.push(call);
    const mishap = this.mishap(call);
    if (mishap === 'lost') return void response.destroy();
    const { host: _, connection: __, 'content-length': ___, expect: ____, ...headers } = request.headers;
    if (mishap === 'busy') return void response.writeHead(400).end(BUSY);
    if (mishap === 'overtaken') await this.setRecord({ addresses: ['192.0.2.1'], ttl: 60 });
    const change = call.words.startsWith('route53 POST') ? await this.#changeOf(body.toString()) : undefined;
    if (change?.isStale === true) return void response.writeHead(400).end(STALE);
    const sent = change ? Buffer.from(change.body) : body;
    const answer = await fetch(`${this.#moto.url}${request.url ?? '/'}`, {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(sent.length > 0 ? { body: sent } : {}),
    });
    const text = Buffer.from(await answer.arrayBuffer());
    if (call.words === 'ssm SendCommand') this.scripts.push(scriptIn(body.toString()));
    if (call.words === 'ec2 CopyImage') await this.#tagCopy(body.toString(), text.toString());
    this.acted(call);
    if (mishap === 'answer lost') return void response.destroy();
    const length = answer.headers.get('content-length');
    const kept = [...answer.headers].filter(
      ([name]) => !/^(?:transfer|connection|content-encoding)/.test(name),
    );
    response.writeHead(answer.status, Object.fromEntries(kept));
    response.end(request.method === 'HEAD' && length !== null ? undefined : text);
  }

  /**
   * Of a batch that deletes a record and creates it anew Route 53 refuses all when the record is another one by now. moto deletes
   * whatever is there, and refuses to create what it has created before.
   */
  async #changeOf(body: string): Promise<{ readonly isStale: boolean; readonly body: string }> {
    const there = await this.#sets();
    const isStale = [...body.matchAll(/<Change>\s*<Action>DELETE<\/Action>([^]*?)<\/Change>/g)].some(
      ([, deleted = '']) => {
        const type = /<Type>(\w+)</.exec(deleted)?.[1];
        const set = there.find(({ Type }) => Type === type);
        const valuesOf = /<(?:Value|DNSName|HostedZoneId)>([^<]*)</g;
        const values = [...deleted.matchAll(valuesOf)].map(([, value]) => value);
        const alias = set?.AliasTarget;
        const are = alias
          ? [alias.HostedZoneId, alias.DNSName]
          : (set?.ResourceRecords ?? []).map(({ Value }) => Value);
        const hasTtl = set?.TTL === undefined || deleted.includes(`<TTL>${set.TTL}</TTL>`);
        return !hasTtl || values.join() !== are.join();
      },
    );
    const upsert = body
      .replaceAll(/<Change>\s*<Action>DELETE<[^]*?<\/Change>/g, '')
      .replaceAll('CREATE', 'UPSERT');
    return { isStale, body: upsert };
  }

  async #sets(): Promise<readonly ResourceRecordSet[]> {
    const input = { HostedZoneId: this.zone, StartRecordName: NAME, StartRecordType: 'A' as const };
    const { ResourceRecordSets = [] } = await this.route53.send(new ListResourceRecordSetsCommand(input));
    return ResourceRecordSets.filter(({ Name }) => Name === `${NAME}.`);
  }

  /** A copy has the tags it was asked for from the start, which moto leaves out. */
  async #tagCopy(form: string, answer: string): Promise<void> {
    const image = /<imageId>([^<]+)</.exec(answer)?.[1];
    const asked = new URLSearchParams(form);
    const Tags = [...asked].flatMap(([key, Key]) => {
      const at = /^TagSpecification\.1\.Tag\.(\d+)\.Key$/.exec(key)?.[1];
      return at === undefined ? [] : [{ Key, Value: asked.get(`TagSpecification.1.Tag.${at}.Value`) ?? '' }];
    });
    if (image !== undefined && Tags.length > 0)
      await this.ec2.send(new CreateTagsCommand({ Resources: [image], Tags }));
  }

  async #furnish(): Promise<void> {
    const { HostedZone } = await this.route53.send(
      new CreateHostedZoneCommand({ Name: 'example.com', CallerReference: 'once' }),
    );
    this.zone = (HostedZone?.Id ?? '').replace('/hostedzone/', '');
    await this.setRecord({ addresses: [OLD_ADDRESS], ttl: OLD_TTL });
    for (const region of [FROM, TO]) await this.release('r1', region, true);
    await this.#call(TO, 'ssm', 'AmazonSSM.PutParameter', {
      Name: '/payroll/db',
      Value: 'x',
      Type: 'String',
    });
    const { KeyMetadata } = await this.#call(TO, 'kms', 'TrentService.CreateKey', {});
    const TargetKeyId = (KeyMetadata as { KeyId: string }).KeyId;
    await this.#call(TO, 'kms', 'TrentService.CreateAlias', { AliasName: 'alias/payroll', TargetKeyId });
    const source = new EC2Client({ endpoint: this.#moto.url, credentials: CREDENTIALS, region: FROM });
    const { ImageId = '' } = await source.send(
      new RegisterImageCommand({ Name: 'payroll-7', RootDeviceName: '/dev/xvda' }),
    );
    const Tags = [
      { Key: 'Sync-Identifier', Value: 'payroll' },
      { Key: 'scan-digest', Value: `sha256:${'0'.repeat(64)}` },
    ];
    await source.send(new CreateTagsCommand({ Resources: [ImageId], Tags }));
    source.destroy();
    await this.#database();
    // One follows at once, one keeps what it has for the time it was told.
    const caching = async (): Promise<Zone> => {
      if (this.kept && performance.now() < this.kept.until) return this.kept.zone;
      const zone = await this.record();
      this.kept = { zone, until: performance.now() + zone.ttl * 1000 };
      return zone;
    };
    this.#resolvers = [
      await dnsServer((name) => led(name) ?? this.record()),
      await dnsServer((name) => led(name) ?? caching()),
    ];
    this.#green = await loopbackServer((_, response) => response.writeHead(this.status).end());
    writeFileSync(
      join(this.folder, 'sync.yaml'),
      `sync_web: { sync_type: ec2_ami, sync_identifier: payroll, source_region: ${FROM}, destination_region: ${TO} }\n`,
    );
    this.write({});
  }

  dns(change: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const sides = { from: [OLD_ADDRESS], to: [NEW_ADDRESS] };
    return { zone: this.zone, name: NAME, ...sides, ttl: '1s', resolvers: this.resolvers, ...change };
  }

  /** The runbook, changed as the test says. */
  write(change: Readonly<Record<string, unknown>>): void {
    const book = {
      service: 'payroll',
      from: FROM,
      to: TO,
      dns: this.dns({}),
      release: { at: 's3://acme-config-{region}/payroll' },
      sync: 'sync.yaml',
      scanned: true,
      parameters: ['/payroll/db'],
      keys: ['alias/payroll'],
      smoke: [this.#green?.url.href],
      ...change,
    };
    writeFileSync(this.file, JSON.stringify(book));
  }

  get resolvers(): readonly string[] {
    return this.#resolvers.map(({ address }) => address);
  }

  get greenUrl(): string {
    return this.#green?.url.href ?? '';
  }

  async release(id: string, region: string, isNew = false): Promise<void> {
    const s3 = new S3Client({
      endpoint: this.#moto.url,
      credentials: CREDENTIALS,
      region,
      forcePathStyle: true,
    });
    const Bucket = `acme-config-${region}`;
    const where = region === 'us-east-1' ? {} : { LocationConstraint: region };
    const configuration =
      region === 'us-east-1'
        ? {}
        : { CreateBucketConfiguration: where as { LocationConstraint: 'eu-west-1' } };
    if (isNew) await s3.send(new CreateBucketCommand({ Bucket, ...configuration }));
    const stable = releaseOf(id, { base: { 'app.properties': 'a = 1' } });
    const Body = printPointer({ region, stable });
    await s3.send(new PutObjectCommand({ Bucket, Key: 'payroll/current.json', Body }));
    s3.destroy();
  }

  async #call(
    region: string,
    service: string,
    target: string,
    input: object,
  ): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.#moto.url}/`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': target,
        authorization: `AWS4-HMAC-SHA256 Credential=x/20261121/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(input),
    });
    return (await response.json()) as Record<string, unknown>;
  }

  /** Of both types together; an alias has what it leads to. */
  async record(): Promise<Zone> {
    const sets = await this.#sets();
    const addresses = sets.flatMap(({ AliasTarget, ResourceRecords = [] }) =>
      AliasTarget ? [] : ResourceRecords.flatMap(({ Value }) => Value ?? []),
    );
    return sets.some(({ AliasTarget }) => AliasTarget)
      ? { addresses: BALANCED, ttl: 0 }
      : { addresses, ttl: sets[0]?.TTL ?? 0 };
  }

  /** As somebody does by hand. */
  async setRecord({ addresses, ttl }: Zone): Promise<void> {
    const types = [
      ['A', addresses.filter((address) => !isSix(address))],
      ['AAAA', addresses.filter(isSix)],
    ] as const;
    const sets = types.map(([Type, values]) => {
      return { Name: NAME, Type, TTL: ttl, ResourceRecords: values.map((Value) => ({ Value })) };
    });
    await this.#upsert(sets.filter(({ ResourceRecords }) => ResourceRecords.length > 0));
  }

  async remove(type: 'AAAA'): Promise<void> {
    const set = (await this.#sets()).find(({ Type }) => Type === type);
    if (!set) return;
    const ChangeBatch = { Changes: [{ Action: 'DELETE' as const, ResourceRecordSet: set }] };
    await this.route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: this.zone, ChangeBatch }));
  }

  async #upsert(sets: readonly ResourceRecordSet[]): Promise<void> {
    const Changes = sets.map((ResourceRecordSet) => ({ Action: 'UPSERT' as const, ResourceRecordSet }));
    const ChangeBatch = { Changes };
    await this.route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: this.zone, ChangeBatch }));
  }

  /** Whether the copy of the rehearsal is there. */
  async isRestored(): Promise<boolean> {
    const { DBInstances = [] } = await this.rds.send(new DescribeDBInstancesCommand({}));
    return DBInstances.some(({ DBInstanceIdentifier }) => DBInstanceIdentifier === REHEARSED);
  }

  /** All that a runbook can have besides. */
  get everything(): Readonly<Record<string, unknown>> {
    return {
      rehearsal: {
        database: 'payroll',
        instance: TESTER,
        hosts: ['db.payroll.internal'],
        smoke: [this.greenUrl],
      },
      maintenance: { on: 'tag:role=web', key: 'payroll.read-only', value: 'true' },
    };
  }

  async #database(): Promise<void> {
    const source = new RDSClient({ endpoint: this.#moto.url, credentials: CREDENTIALS, region: FROM });
    const DBInstanceIdentifier = 'payroll';
    const made = { DBInstanceIdentifier, Engine: 'postgres', DBInstanceClass: 'db.t3.micro' };
    await source.send(new CreateDBInstanceCommand({ ...made, AllocatedStorage: 20 }));
    const { DBSnapshot } = await source.send(
      new CreateDBSnapshotCommand({ DBInstanceIdentifier, DBSnapshotIdentifier: 'payroll-1' }),
    );
    const Tags = [{ Key: `Sync-From-${FROM}`, Value: '20261101061000+0000 / rds:payroll-1' }];
    const copy = { SourceDBSnapshotIdentifier: DBSnapshot?.DBSnapshotArn, SourceRegion: FROM, Tags };
    await this.rds.send(new CopyDBSnapshotCommand({ ...copy, TargetDBSnapshotIdentifier: 'rds-payroll-1' }));
    source.destroy();
    const web = new EC2Client({ endpoint: this.#moto.url, credentials: CREDENTIALS, region: FROM });
    const TagSpecifications = [{ ResourceType: 'instance' as const, Tags: [{ Key: 'role', Value: 'web' }] }];
    await web.send(
      new RunInstancesCommand({ ImageId: 'ami-12c6146b', MinCount: 1, MaxCount: 1, TagSpecifications }),
    );
    web.destroy();
  }

  async run(
    args: readonly string[],
    started: (child: ChildProcess) => void = () => {},
    more: readonly string[] = ['--json', '--poll', '100ms'],
  ): Promise<CutoverRan> {
    const from = this.#calls.length;
    const { port } = this.#relay.address() as AddressInfo;
    const [verb = '', ...rest] = args;
    const child = spawn(OPS, ['cutover', verb, this.file, ...rest, ...more], {
      env: {
        PATH: '/usr/bin:/bin',
        HOME: this.folder,
        AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9',
        AWS_ACCESS_KEY_ID: 'x',
        AWS_SECRET_ACCESS_KEY: 'x',
      },
    });
    started(child);
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const code = await new Promise<number | null>((done) => child.once('close', done));
    return { code, out, err, calls: this.#calls.slice(from) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#relay.closeAllConnections();
    await new Promise((done) => this.#relay.close(done));
    for (const resolver of this.#resolvers) await resolver[Symbol.asyncDispose]();
    await this.#green?.[Symbol.asyncDispose]();
    this.route53.destroy();
    this.ec2.destroy();
    this.rds.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateTagsCommand, EC2Client, RegisterImageCommand } from '@aws-sdk/client-ec2';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

import { printPointer } from '../../config-service/release/pointer.ts';
import { dnsServer, type DnsServer, type Zone } from '../support/dns-server.ts';
import { loopbackServer, type LoopbackServer } from '../support/loopback-server.ts';
import type { Moto } from '../support/moto.ts';
import { releaseOf } from '../support/release-fixture.ts';

const OPS = resolve('dist/landfall-ops');
export const [FROM, TO] = ['eu-west-1', 'us-east-1'];
export const NAME = 'payroll.example.com';
export const [OLD_ADDRESS, NEW_ADDRESS] = ['203.0.113.7', '198.51.100.9'];
/** Seconds: short, for the test has to wait for it. */
export const OLD_TTL = 3;

const CREDENTIALS = { accessKeyId: 'x', secretAccessKey: 'x' };

export interface CutoverCall {
  readonly service: string;
  readonly region: string;
  /** `ec2 CopyImage`, `route53 POST /2013-04-01/...`. */
  readonly words: string;
  readonly isWrite: boolean;
}

/**
 * `lost`: it never arrives. `answer lost`: it takes effect. `busy`: Route 53 is at another change. `overtaken`: somebody changes the
 * record by hand just before.
 */
export type CutoverMishap = 'lost' | 'answer lost' | 'busy' | 'overtaken';

export interface CutoverRan {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly calls: readonly CutoverCall[];
}

/** A service in one region and all that another one needs of it, on moto behind a relay, with resolvers and a healthy new side. */
export class CutoverStage {
  readonly folder = mkdtempSync(join(tmpdir(), 'landfall-cutover-'));
  readonly file = join(this.folder, 'payroll.yaml');
  mishap: (call: CutoverCall) => CutoverMishap | undefined = () => undefined;
  /** Sees each call once it took effect. */
  acted: (call: CutoverCall) => void = () => {};
  /** What the new side answers. */
  status = 200;
  zone = '';
  /** What the resolver that keeps answers has. */
  kept: { readonly zone: Zone; readonly until: number } | undefined;
  readonly route53: Route53Client;
  readonly ec2: EC2Client;
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
    const [, deleted = ''] = /<Change>\s*<Action>DELETE<\/Action>([^]*?)<\/Change>/.exec(body) ?? [];
    const valuesIn = [...deleted.matchAll(/<Value>([^<]*)<\/Value>/g)].map(([, value]) => value);
    const { addresses, ttl } = await this.record();
    const isStale = !deleted.includes(`<TTL>${ttl}</TTL>`) || valuesIn.join() !== addresses.join();
    const upsert = body.replace(/<Change>\s*<Action>DELETE<[^]*?<\/Change>/, '').replace('CREATE', 'UPSERT');
    return { isStale, body: upsert };
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
    // One follows at once, one keeps what it has for the time it was told.
    const caching = async (): Promise<Zone> => {
      if (this.kept && performance.now() < this.kept.until) return this.kept.zone;
      const zone = await this.record();
      this.kept = { zone, until: performance.now() + zone.ttl * 1000 };
      return zone;
    };
    this.#resolvers = [await dnsServer(() => this.record()), await dnsServer(caching)];
    this.#green = await loopbackServer((_, response) => response.writeHead(this.status).end());
    writeFileSync(
      join(this.folder, 'sync.yaml'),
      `sync_web: { sync_type: ec2_ami, sync_identifier: payroll, source_region: ${FROM}, destination_region: ${TO} }\n`,
    );
    this.write({});
  }

  /** The runbook, changed as the test says. */
  write(change: Readonly<Record<string, unknown>>): void {
    const dns = {
      zone: this.zone,
      name: NAME,
      from: [OLD_ADDRESS],
      to: [NEW_ADDRESS],
      ttl: '1s',
      resolvers: this.resolvers,
    };
    const book = {
      service: 'payroll',
      from: FROM,
      to: TO,
      dns,
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

  async record(): Promise<Zone> {
    const { ResourceRecordSets = [] } = await this.route53.send(
      new ListResourceRecordSetsCommand({
        HostedZoneId: this.zone,
        StartRecordName: NAME,
        StartRecordType: 'A',
      }),
    );
    const set = ResourceRecordSets.find(({ Name, Type }) => Name === `${NAME}.` && Type === 'A');
    return {
      addresses: (set?.ResourceRecords ?? []).flatMap(({ Value }) => Value ?? []),
      ttl: set?.TTL ?? 0,
    };
  }

  /** As somebody does by hand. */
  async setRecord({ addresses, ttl }: Zone): Promise<void> {
    const ResourceRecords = addresses.map((Value) => ({ Value }));
    const ResourceRecordSet = { Name: NAME, Type: 'A' as const, TTL: ttl, ResourceRecords };
    const ChangeBatch = { Changes: [{ Action: 'UPSERT' as const, ResourceRecordSet }] };
    await this.route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: this.zone, ChangeBatch }));
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
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const BUSY =
  '<?xml version="1.0"?><ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type><Code>PriorRequestNotComplete</Code><Message>No.</Message></Error><RequestId>r</RequestId></ErrorResponse>';

const STALE =
  '<?xml version="1.0"?><InvalidChangeBatch xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Messages><Message>values provided do not match the current values</Message></Messages><RequestId>r</RequestId></InvalidChangeBatch>';

function callOf({ method = '', url = '', headers }: http.IncomingMessage, body: string): CutoverCall {
  const [, region = '', service = ''] =
    /Credential=[^/]+\/\d{8}\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
  const target = headers['x-amz-target'];
  const action =
    target === undefined
      ? (/(?:^|&)Action=(\w+)/.exec(body)?.[1] ?? '')
      : String(target).replace(/^.*\./, '');
  const words = `${service} ${action === '' ? `${method} ${url}` : action}`;
  const isWrite =
    action === '' ? method !== 'GET' && method !== 'HEAD' : !/^(?:Describe|Get|List)/.test(action);
  return { service, region, words, isWrite };
}

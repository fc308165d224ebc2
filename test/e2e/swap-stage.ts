import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AttachVolumeCommand,
  CreateVolumeCommand,
  DescribeAddressesCommand,
  DescribeVolumesCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { Moto } from '../support/moto.ts';

const OPS = resolve('dist/landfall-ops');
export const REGION = 'eu-west-1';

/** What becomes of one request: lost before or after EC2 acted on it, or refused with a code. */
export type Mishap = 'lost' | 'answer lost' | { readonly status: number; readonly code: string };

export interface SwapRan {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Of what was asked in this run, in order. */
  readonly actions: readonly string[];
}

export interface SwapDocument {
  readonly state: string;
  readonly addresses: readonly { readonly instance: string | null }[];
  readonly volumes: readonly { readonly instance: string | null; readonly device: string | null }[];
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

/** EC2 as moto has it, behind a relay that counts, loses and refuses, and the built `landfall-ops` before it. */
export class SwapStage {
  readonly ec2: EC2Client;
  readonly folder = mkdtempSync(join(tmpdir(), 'landfall-swap-'));
  /** Decides about each request by its action. */
  mishap: (action: string) => Mishap | undefined = () => undefined;
  /** Sees each request once EC2 has acted, and before anybody is told. */
  acted: (action: string) => void = () => {};
  /** How many readings of each kind show the old state after a write. */
  lateReadings = 0;
  /** Of what else is asked in a run: where S3 is, say. */
  moreEnv: NodeJS.ProcessEnv = {};
  readonly #readings = new Map<string, { text: string; late: number }>();
  readonly #relay: http.Server;
  readonly #actions: URLSearchParams[] = [];

  static async open(moto: Moto): Promise<SwapStage> {
    if (!existsSync(OPS)) throw new Error('dist/landfall-ops is missing: run `npm run build` first');
    const stage = new SwapStage(moto);
    await new Promise<void>((done) => stage.#relay.listen(0, '127.0.0.1', done));
    return stage;
  }

  private constructor(moto: Moto) {
    const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
    this.ec2 = new EC2Client({ endpoint: moto.url, credentials, region: REGION });
    this.#relay = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => void this.#pass(moto.url, request, response, Buffer.concat(chunks)));
    });
  }

  async #pass(
    to: string,
    { headers }: http.IncomingMessage,
    response: http.ServerResponse,
    body: Buffer,
  ): Promise<void> {
    const asked = new URLSearchParams(body.toString());
    const action = asked.get('Action') ?? '';
    this.#actions.push(asked);
    const mishap = this.mishap(action);
    if (mishap === 'lost') return void response.destroy();
    if (typeof mishap === 'object') {
      const text = `<Response><Errors><Error><Code>${mishap.code}</Code><Message>No.</Message></Error></Errors></Response>`;
      return void response.writeHead(mishap.status).end(text);
    }
    const before = this.#readings.get(body.toString());
    if (before && before.late-- > 0) return void response.writeHead(200).end(before.text);
    const { authorization = '' } = headers;
    const type = 'application/x-www-form-urlencoded';
    const answer = await fetch(to, {
      method: 'POST',
      body,
      headers: { authorization, 'content-type': type },
    });
    const text = await answer.text();
    if (isWrite(action)) for (const reading of this.#readings.values()) reading.late = this.lateReadings;
    else if (answer.ok) this.#readings.set(body.toString(), { text, late: 0 });
    this.acted(action);
    if (mishap === 'answer lost') response.destroy();
    else response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(text);
  }

  get env(): NodeJS.ProcessEnv {
    const { port } = this.#relay.address() as AddressInfo;
    return {
      PATH: '/usr/bin:/bin',
      HOME: this.folder,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      ...this.moreEnv,
    };
  }

  /** @param started gets the process, to kill it. */
  async run(args: readonly string[], started: (child: ChildProcess) => void = () => {}): Promise<SwapRan> {
    const from = this.#actions.length;
    const child = spawn(OPS, args, { env: this.env });
    started(child);
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const code = await new Promise<number | null>((done) => child.once('close', done));
    return { code, out, err, actions: this.#actions.slice(from).map((asked) => asked.get('Action') ?? '') };
  }

  /** All requests of a kind so far, whole. */
  asked(action: string): readonly URLSearchParams[] {
    return this.#actions.filter((asked) => asked.get('Action') === action);
  }

  async launch(zone = `${REGION}a`): Promise<string> {
    const Placement = { AvailabilityZone: zone };
    const wanted = { ImageId: 'ami-12c6146b', MinCount: 1, MaxCount: 1, Placement };
    return (await this.ec2.send(new RunInstancesCommand(wanted))).Instances?.[0]?.InstanceId ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#relay.closeAllConnections();
    await new Promise((done) => this.#relay.close(done));
    this.ec2.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Two instances; blue has an address and two volumes. */
export class SwapWorld {
  readonly stage: SwapStage;
  readonly blue: string;
  readonly green: string;
  readonly address: string;
  readonly ip: string;
  readonly volumes: readonly string[];

  private constructor(
    stage: SwapStage,
    [blue, green]: readonly [string, string],
    [address, ip]: readonly [string, string],
    volumes: readonly string[],
  ) {
    this.stage = stage;
    this.blue = blue;
    this.green = green;
    this.address = address;
    this.ip = ip;
    this.volumes = volumes;
  }

  static async make(stage: SwapStage, greenZone = `${REGION}a`): Promise<SwapWorld> {
    const { ec2 } = stage;
    const [blue, green] = [await stage.launch(), await stage.launch(greenZone)];
    const { AllocationId: address = '', PublicIp: ip = '' } = await ec2.send(
      new AllocateAddressCommand({ Domain: 'vpc' }),
    );
    await ec2.send(new AssociateAddressCommand({ AllocationId: address, InstanceId: blue }));
    const volumes: string[] = [];
    for (const Device of ['/dev/sdf', '/dev/sdg']) {
      const wanted = { AvailabilityZone: `${REGION}a`, Size: 1 };
      const { VolumeId = '' } = await ec2.send(new CreateVolumeCommand(wanted));
      await ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId: blue, Device }));
      volumes.push(VolumeId);
    }
    return new SwapWorld(stage, [blue, green], [address, ip], volumes);
  }

  args(...more: readonly string[]): readonly string[] {
    const things = ['--address', this.address, ...this.volumes.flatMap((id) => ['--volume', id])];
    return [...this.pair(), ...things, ...more];
  }

  pair(...more: readonly string[]): readonly string[] {
    const pair = ['--region', REGION, '--from', this.blue, '--to', this.green];
    return ['swap', ...pair, '--yes', '--json', '--poll', '50ms', ...more];
  }

  /** Who has the address and each volume, and as what. */
  async holders(): Promise<readonly string[]> {
    const { ec2 } = this.stage;
    const { Addresses = [] } = await ec2.send(
      new DescribeAddressesCommand({ AllocationIds: [this.address] }),
    );
    const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({ VolumeIds: [...this.volumes] }));
    const byId = new Map(Volumes.map(({ VolumeId, Attachments }) => [VolumeId, Attachments?.[0]]));
    return [
      Addresses[0]?.InstanceId || 'nobody',
      ...this.volumes.map((id) => `${byId.get(id)?.InstanceId ?? 'nobody'} ${byId.get(id)?.Device ?? ''}`),
    ];
  }

  allOn(instance: string): readonly string[] {
    return [instance, `${instance} /dev/sdf`, `${instance} /dev/sdg`];
  }
}

export function documentOf({ out }: SwapRan): SwapDocument {
  return JSON.parse(out) as SwapDocument;
}

/** Whether an action changes something. */
export function isWrite(action: string): boolean {
  return !action.startsWith('Describe');
}

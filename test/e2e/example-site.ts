import { request, type IncomingMessage } from 'node:http';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Finished } from '../../scripts/sandbox/programs/agent-process.ts';
import type { SandboxInstance } from '../../scripts/sandbox/imds/instance.ts';
import { seedRegions } from '../../scripts/sandbox/programs/seed.ts';
import { startSandbox, type Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { mustBeDocumentedEvents } from '../support/api-document.ts';
import { Citizen, newBase, type Json } from './citizen.ts';
import { Machine, type Tool } from './example-machine.ts';

export const REGIONS = ['eu-west-1', 'us-east-1'] as const;
export type Region = (typeof REGIONS)[number];

export function otherThan(region: Region): Region {
  return region === 'eu-west-1' ? 'us-east-1' : 'eu-west-1';
}

export interface SiteOptions {
  /** Its folder below examples/. */
  readonly example: string;
  readonly role: string;
  /** Instead of the programs that would not be there, or would do too much. */
  readonly tools: readonly Tool[];
  /** Objects of each region beside the configuration, such as an artefact: bucket and key, by region. */
  readonly objects?: (region: Region) => Readonly<Record<`${string}/${string}`, string | Uint8Array>>;
}

/** One example in the buckets of two regions, and in each an instance in production with a machine of its own. */
export class ExampleSite {
  readonly sandbox: Sandbox;
  readonly #machines = new Map<Region, Machine>();
  readonly #instances = new Map<Region, SandboxInstance>();
  readonly #bases = new Map<Region, string>();
  readonly #citizens: Citizen[] = [];
  readonly #last = new Map<Region, Citizen>();

  static async open({ example, role, tools, objects = () => ({}) }: SiteOptions): Promise<ExampleSite> {
    const site = new ExampleSite(await startSandbox());
    const { sandbox } = site;
    for (const region of REGIONS) {
      sandbox.addBucket({ name: bucketOf(region), region });
      for (const [path, body] of Object.entries(objects(region))) {
        const [bucket = '', ...key] = path.split('/');
        if (!sandbox.buckets.has(bucket)) sandbox.addBucket({ name: bucket, region });
        sandbox.putObject(bucket, key.join('/'), body);
      }
      const tags = { role, environment: 'prod' };
      site.#instances.set(region, await sandbox.addInstance({ region, tags }));
      site.#machines.set(region, new Machine(tools));
      site.#bases.set(region, newBase());
    }
    const directory = resolve('examples', example);
    await seedRegions(sandbox, {
      directory,
      bucket: 'acme-config-{region}',
      prefix: PREFIX,
      regions: REGIONS,
    });
    return site;
  }

  private constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
  }

  machine(region: Region): Machine {
    const machine = this.#machines.get(region);
    if (!machine) throw new Error(`no machine in ${region}`);
    return machine;
  }

  instanceId(region: Region): string {
    return this.#instances.get(region)?.instanceId ?? '';
  }

  put(region: Region, path: string, body: string | Uint8Array): void {
    this.sandbox.putObject(bucketOf(region), `${PREFIX}/${path}`, body);
  }

  /** `landfall bootstrap`, to its end. */
  async boot(region: Region): Promise<Finished> {
    return (await this.#startAlone(region, ['bootstrap'])).agent.finished();
  }

  /** `landfall plan`: what a boot would change. */
  async plan(region: Region): Promise<string> {
    return (await (await this.#startAlone(region, ['plan'])).agent.finished()).stdout;
  }

  /** The daemon, on what earlier runs left. */
  async run(region: Region): Promise<Citizen> {
    return (await this.#startAlone(region, ['run'])).ready();
  }

  /** Another command on the machine of a daemon, as a unit with this EnvironmentFile= starts it. */
  beside(daemon: Citizen, region: Region, environmentFile: string, args: readonly string[]): Citizen {
    const enter = ['nsenter', '--mount', '--target', String(daemon.agent.pid), '--'];
    const line = 'set -a; . "$0"; exec "$@"';
    return this.#start(region, args, [...enter, '/bin/sh', '-c', line, environmentFile]);
  }

  /** One at a time on a disk. */
  async #startAlone(region: Region, args: readonly string[]): Promise<Citizen> {
    await this.#last.get(region)?.agent.stop();
    const citizen = this.#start(region, args, this.machine(region).wrapper);
    this.#last.set(region, citizen);
    return citizen;
  }

  #start(region: Region, args: readonly string[], wrapper: readonly string[]): Citizen {
    const citizen = new Citizen({
      imdsUrl: this.#instances.get(region)?.imdsUrl ?? '',
      awsUrl: this.sandbox.url,
      source: `s3://acme-config-{region}/${PREFIX}`,
      base: this.#bases.get(region) ?? newBase(),
      wrapper,
      args,
      env: { LANDFALL_BOOT_TIMEOUT: '20s' },
    });
    this.#citizens.push(citizen);
    return citizen;
  }

  /** Ends everything and removes its disks. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const citizen of this.#citizens.toReversed()) await citizen[Symbol.asyncDispose]();
    for (const machine of this.#machines.values()) machine[Symbol.dispose]();
    await this.sandbox.close();
  }
}

const PREFIX = 'site';

function bucketOf(region: Region): string {
  return `acme-config-${region}`;
}

/** Stops the agent; what it said it changed since it started, as `entry action`. */
export async function changesUntilStopped(citizen: Citizen): Promise<readonly string[]> {
  const { socket: socketPath } = citizen;
  const stream = await new Promise<IncomingMessage>((hear, reject) => {
    request({ socketPath, path: '/v1/events?since=0', agent: false }, hear).on('error', reject).end();
  });
  const events = text(stream);
  await citizen.agent.stop();
  return mustBeDocumentedEvents(await events)
    .filter(({ event }) => event === 'applied')
    .flatMap(({ data }) =>
      (data['changes'] as readonly Json[]).map(({ entry, action }) => `${String(entry)} ${String(action)}`),
    );
}

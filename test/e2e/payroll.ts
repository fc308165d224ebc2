import type { Finished } from '../../scripts/sandbox/programs/agent-process.ts';
import type { InstanceOptions, SandboxInstance } from '../../scripts/sandbox/imds/instance.ts';
import { startSandbox, type Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { sha256Hex } from '../../config-service/release/digest.ts';
import { objectKey } from '../../config-service/release/manifest.ts';
import { printPointer } from '../../config-service/release/pointer.ts';
import { releaseOf, type Contents } from '../support/release-fixture.ts';
import { Citizen, type Home } from './citizen.ts';

export const REGION = 'eu-west-1';
export const BUCKET = `acme-config-${REGION}`;
export const SOURCE = 's3://acme-config-{region}/payroll';

/** Objects below the prefix, by path. */
export type Files = Readonly<Record<string, string>>;

/** What the payroll service has in one region's bucket. */
export const TREE: Files = {
  'base/app.properties': [
    `db.host=payroll.c9akciq32abc.${REGION}.rds.amazonaws.com`,
    'db.port = 5432',
    'db.url=jdbc:postgresql://${db.host}:${db.port}/payroll',
    'log.level=INFO',
    'workers=2',
    'where=${@region}/${@role}/${@environment}',
    '',
  ].join('\n'),
  'role/web/web.yaml': 'workers: 8\nnginx:\n  upstreams:\n    - a\n    - b\n',
  'environment/prod/prod.properties': 'log.level=WARN\n',
};

export interface PayrollOptions {
  readonly instance?: Partial<InstanceOptions>;
  /** Default `TREE`. */
  readonly files?: Files;
  /** Owner of the bucket. */
  readonly owner?: string;
}

/** One region with the payroll configuration in its bucket and one instance, a web server in production. */
export class Payroll {
  readonly sandbox: Sandbox;
  readonly instance: SandboxInstance;
  readonly #citizens: Citizen[] = [];
  /** Two instances of one sandbox cannot have the same id. */
  readonly #others: Sandbox[] = [];

  static async open({ instance = {}, files = TREE, owner }: PayrollOptions = {}): Promise<Payroll> {
    const sandbox = await startSandbox();
    sandbox.addBucket({ name: BUCKET, region: REGION, ...(owner === undefined ? {} : { owner }) });
    const tags = { role: 'web', environment: 'prod' };
    const payroll = new Payroll(sandbox, await sandbox.addInstance({ region: REGION, tags, ...instance }));
    for (const [path, text] of Object.entries(files)) payroll.put(path, text);
    return payroll;
  }

  private constructor(sandbox: Sandbox, instance: SandboxInstance) {
    this.sandbox = sandbox;
    this.instance = instance;
  }

  put(path: string, body: string | Uint8Array): void {
    this.sandbox.putObject(BUCKET, `payroll/${path}`, body);
  }

  delete(path: string): void {
    this.sandbox.deleteObject(BUCKET, `payroll/${path}`);
  }

  /** A release as `landfall-ops publish` leaves it: objects first, pointer last. */
  publish(id: string, contents: Contents, region = REGION): void {
    for (const [layer, files] of Object.entries(contents))
      for (const text of Object.values(files)) this.put(objectKey(layer, sha256Hex(text)), text);
    this.put('current.json', printPointer({ region, stable: releaseOf(id, contents) }));
  }

  /** An agent on this instance, gone with this payroll. */
  start(home: Partial<Home> = {}): Citizen {
    const { imdsUrl } = this.instance;
    const citizen = new Citizen({ imdsUrl, awsUrl: this.sandbox.url, source: SOURCE, ...home });
    this.#citizens.push(citizen);
    return citizen;
  }

  run(home: Partial<Home> = {}): Promise<Citizen> {
    return this.start(home).ready();
  }

  /** A command that ends by itself, `bootstrap` unless told otherwise. */
  finish(home: Partial<Home> = {}): Promise<Finished> {
    return this.start({ args: ['bootstrap'], ...home }).agent.finished();
  }

  /** Another instance; `same` keeps the id of the first one, as replacing its root volume does. */
  async launchAgain(options: InstanceOptions, same = false): Promise<SandboxInstance> {
    if (!same) return this.sandbox.addInstance(options);
    const other = await startSandbox();
    this.#others.push(other);
    return other.addInstance({ ...options, instanceId: this.instance.instanceId });
  }

  /** Starts anew on the disk that `citizen` left. */
  restart(citizen: Citizen, home: Partial<Home> = {}): Citizen {
    return this.start({ base: citizen.base, ...home });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The last first: those before it left it their disk, and what is on that is still asked for.
    for (const citizen of this.#citizens.toReversed()) await citizen[Symbol.asyncDispose]();
    for (const sandbox of [this.sandbox, ...this.#others]) await sandbox.close();
  }
}

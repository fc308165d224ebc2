import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventsIn, mustBeDocumentedEvents } from '../support/api-document.ts';
import { readUntil } from '../support/raw-http.ts';
import { newBase, type Citizen, type Home, type Json } from './citizen.ts';
import { Payroll, REGION, type Files } from './payroll.ts';

export const GROUP = 'payroll-web';

/** One instance whose hooks leave traces in a folder that outlives its disk. */
export class DepartingSite {
  readonly payroll: Payroll;
  readonly folder: string;
  /** The disk that every agent of this site starts on. */
  readonly base = newBase();

  /** @param plan of the base layer; `TRACES` in it stands for the folder. */
  static async open(plan: string, files: Files = {}): Promise<DepartingSite> {
    const folder = mkdtempSync(join(tmpdir(), 'landfall-departing-'));
    const all = { 'base/app.properties': 'a=1\n', 'base/plan.yaml': plan, ...files };
    const named = Object.entries(all).map(([path, text]) => [path, text.replaceAll('TRACES', folder)]);
    return new DepartingSite(await Payroll.open({ files: Object.fromEntries(named) as Files }), folder);
  }

  private constructor(payroll: Payroll, folder: string) {
    this.payroll = payroll;
    this.folder = folder;
  }

  get instanceId(): string {
    return this.payroll.instance.instanceId;
  }

  run(home: Partial<Home> = {}): Promise<Citizen> {
    return this.payroll.run({ base: this.base, ...home });
  }

  put(path: string, text: string): void {
    this.payroll.put(path, text.replaceAll('TRACES', this.folder));
  }

  says(path: string, value: unknown): void {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    this.payroll.instance.setMetadata(path, text);
  }

  /** A spot interruption so many seconds from now. */
  interrupt(seconds: number): void {
    const time = new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
    this.says('spot/instance-action', { action: 'terminate', time });
  }

  /** What the hooks left: lines of a file, none when there is no such file. */
  traces(name: string): readonly string[] {
    const path = join(this.folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
  }

  /** In the order of arrival, of all groups. */
  get completed(): readonly string[] {
    const { calls } = this.payroll.sandbox.groups;
    return calls.filter(({ kind }) => kind === 'complete').map(({ hook, result }) => `${hook} ${result}`);
  }

  shipped(group: string): readonly string[] {
    const events = this.payroll.sandbox.logs.events(REGION, group, this.instanceId);
    return events.map(({ message }) => message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.payroll[Symbol.asyncDispose]();
    for (const folder of [this.folder, this.base]) rmSync(folder, { recursive: true, force: true });
  }
}

/** All events of kind `termination` so far, in order, once they are `enough`. */
export async function terminations(
  citizen: Citizen,
  enough: (events: readonly Json[]) => boolean,
): Promise<readonly Json[]> {
  const stream = await new Promise<IncomingMessage>((resolve, reject) => {
    const signal = AbortSignal.timeout(40_000);
    const headers = { host: 'localhost' };
    request({ ...citizen.tcp, path: '/v1/events?since=0', agent: false, signal, headers }, resolve)
      .on('error', reject)
      .end();
  });
  let seen: readonly Json[] = [];
  const reading = readUntil(stream, (far) => enough((seen = terminationsIn(far))));
  const text = await reading.catch((error: unknown) => {
    throw new Error(`saw only ${JSON.stringify(seen)}\nagent said:\n${citizen.agent.stderr}`, {
      cause: error,
    });
  });
  stream.destroy();
  mustBeDocumentedEvents(text);
  return seen;
}

export const phase =
  (name: string, more: Json = {}) =>
  (events: readonly Json[]): boolean =>
    events.some((event) =>
      Object.entries({ phase: name, ...more }).every(([key, value]) => event[key] === value),
    );

export async function until(condition: () => boolean, why = () => ''): Promise<void> {
  for (const end = performance.now() + 25_000; !condition();) {
    if (performance.now() > end) throw new Error(`it never came to that: ${why()}`);
    await sleep(20);
  }
}

function terminationsIn(text: string): readonly Json[] {
  return eventsIn(text).flatMap(({ event, data }) => (event === 'termination' ? [data] : []));
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256Hex } from '../../config-service/release/digest.ts';
import { objectKey, type Release } from '../../config-service/release/manifest.ts';
import { printPointer } from '../../config-service/release/pointer.ts';
import { startSandbox, type Sandbox } from '#scripts/sandbox/sandbox.ts';
import { randomFrom } from './seeded-random.ts';
import { SoakAgent, type SoakPlace, type SoakSample } from './soak-agent.ts';
import { risesOf, type SoakRise } from './soak-growth.ts';
import { drawFault } from './soak-faults.ts';

const REGION = 'eu-west-1';
const BUCKET = `soak-config-${REGION}`;
const GROUP = '/soak/app';
const TURN_MS = 1000;
export interface SoakOptions {
  readonly binary: string;
  readonly agents: number;
  readonly durationMs: number;
  readonly interval: string;
  readonly seed: number;
  /** For how long a fault lasts, and how long it takes until the next, at most. */
  readonly faultMs: number;
  /** How long all may take to arrive once nothing is wrong any more. */
  readonly patienceMs: number;
  readonly say: (line: string) => void;
  /** Told of each look at an agent that is never ended, in the order of time. */
  readonly sampled?: (agent: string, sample: SoakSample & { readonly at: number }) => void;
  /** Beside what the plan says of the log: for a test that has a line kept back. */
  readonly logRules?: string;
  /** Ends it before its time, with a result of what was. */
  readonly stop?: AbortSignal;
}

export interface SoakResult {
  readonly versions: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly starts: number;
  readonly lines: number;
  /** Of agents that were never ended: how far each figure rose after the warm-up, the most of all agents. */
  readonly rises: readonly SoakRise[];
  /** What is wrong; empty when all is well. */
  readonly problems: readonly string[];
}

/**
 * Real agents for a long time, while releases come one after the other, applications log, S3, Logs and the metadata service fail in
 * turn, and every second agent is killed or stopped now and then and started again. The others live through all of it.
 */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { agents: count, durationMs, faultMs, seed, say, stop } = options;
  const random = randomFrom(seed);
  const home = mkdtempSync(join(tmpdir(), 'landfall-soak-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rmSync(home, { recursive: true, force: true }));
  const sandbox = await startSandbox({ requestLogSize: 1000 });
  cleanup.defer(() => sandbox.close());
  sandbox.addBucket({ name: BUCKET, region: REGION });
  let version = 1;
  const places = await placesOf(sandbox, home, options);
  const plans: Plans = new Map(
    places.map(({ instance, base }) => [`instance/${instance.instanceId}`, planOf(base, options)]),
  );
  publish(sandbox, plans, version);
  const fleet = places.map((place, index) => launch(place, index, options));
  cleanup.defer(async () => void (await Promise.all(fleet.map(({ agent }) => agent.close()))));

  await untilAll(options.patienceMs, async () => {
    const served = await Promise.all(fleet.map(({ agent }) => agent.look(() => version)));
    return served.some((each) => each === undefined) ? ['not all agents serve something'] : [];
  });
  const faults = new Map<string, number>();
  let fault: ReturnType<typeof drawFault> | undefined;
  let turnsOver = performance.now() + 2 * faultMs;
  const end = performance.now() + durationMs;
  for (let turn = 0; performance.now() < end; turn += 1) {
    if (stop?.aborted) break;
    if (random() < 0.3) publish(sandbox, plans, (version += 1));
    if (performance.now() >= turnsOver) {
      fault?.heal();
      fault = fault
        ? undefined
        : drawFault(
            sandbox,
            fleet.map(({ agent }) => agent.instance),
            random,
          );
      if (fault) faults.set(fault.name, (faults.get(fault.name) ?? 0) + 1);
      turnsOver = performance.now() + faultMs * (0.2 + 0.8 * random());
    }
    const victim = fleet[Math.floor(random() * count)];
    if (victim?.mayEnd && random() < 0.2) await victim.agent.restart(random() < 0.7 ? 'SIGKILL' : 'SIGTERM');
    for (const { agent } of fleet) agent.write(1 + Math.floor(random() * 9));
    await Promise.all(fleet.map(({ agent }) => agent.look(() => version)));
    for (const each of fleet) each.sample(performance.now());
    if (turn % 60 === 0) say(`${Math.round((end - performance.now()) / 1000)} s left, version ${version}`);
    await sleep(TURN_MS);
  }
  fault?.heal();
  const missing = await untilAll(options.patienceMs, async () =>
    (await Promise.all(fleet.map(({ agent }) => missingOf(sandbox, agent, version)))).flat(),
  );
  const rises = risesOf(fleet.map(({ mayEnd, samples }) => ({ lives: !mayEnd, samples })));
  return {
    versions: version,
    faults,
    starts: fleet.reduce((sum, { agent }) => sum + agent.starts, 0),
    lines: fleet.reduce((sum, { agent }) => sum + agent.lines, 0),
    rises,
    problems: [
      ...new Set(fleet.flatMap(({ agent }) => agent.problems)),
      ...missing,
      ...rises.filter(({ rise, mayRise }) => !(rise <= mayRise)).map((each) => told(each, fleet)),
    ],
  };
}

interface Soaked {
  readonly agent: SoakAgent;
  readonly mayEnd: boolean;
  readonly samples: readonly (SoakSample & { readonly at: number })[];
  sample(at: number): void;
}

/** Files by name, by layer. */
type Plans = ReadonlyMap<string, Readonly<Record<string, string>>>;

function planOf(base: string, { logRules }: SoakOptions): Readonly<Record<string, string>> {
  const rules = [
    `path: ${JSON.stringify(`${base}/logs/*.log`)}`,
    `group: ${GROUP}`,
    ...(logRules ? [logRules] : []),
  ];
  return { 'plan.yaml': `logs: { app: { ${rules.join(', ')} } }\n` };
}

function placesOf(sandbox: Sandbox, home: string, options: SoakOptions): Promise<readonly SoakPlace[]> {
  const { binary, agents, interval } = options;
  return Promise.all(
    Array.from({ length: agents }, async (_, index) => ({
      binary,
      instance: await sandbox.addInstance({ region: REGION, tags: { role: 'web' } }),
      awsUrl: sandbox.url,
      source: `s3://${BUCKET}/p`,
      interval,
      base: join(home, String(index)),
    })),
  );
}

function launch(place: SoakPlace, index: number, { sampled }: SoakOptions): Soaked {
  const agent = new SoakAgent(place);
  const mayEnd = index % 2 === 1;
  const samples: (SoakSample & { at: number })[] = [];
  const sample = (at: number): void => {
    const taken = agent.sample();
    if (!taken) return;
    samples.push({ ...taken, at });
    if (!mayEnd) sampled?.(agent.instance.instanceId, { ...taken, at });
  };
  return { agent, mayEnd, samples, sample };
}

/** Two layers that belong together, each with an object of its own, and what each instance has for itself. */
function publish(sandbox: Sandbox, plans: Plans, version: number): void {
  const contents: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    base: { 'app.properties': `version=${version}\nwhere=\${@region}\n` },
    'role/web': { 'web.properties': `twin=${version}\n` },
    ...Object.fromEntries(plans),
  };
  const layers = Object.entries(contents).map(([layer, files]) => {
    const rows = Object.entries(files).map(([path, text]) => {
      sandbox.putObject(BUCKET, `p/${objectKey(layer, sha256Hex(text))}`, text);
      return { path, sha256: sha256Hex(text), size: Buffer.byteLength(text) };
    });
    return [layer, rows] as const;
  });
  const stable: Release = {
    id: `20261121T000000Z-${version.toString(16).padStart(8, '0')}`,
    createdAt: '2026-11-21T00:00:00Z',
    layers: new Map(layers),
  };
  sandbox.putObject(BUCKET, 'p/current.json', printPointer({ region: REGION, stable }));
}

/** Asks until nothing is missing; what is when patience is over. */
async function untilAll(
  patienceMs: number,
  missing: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const left = await missing();
    if (left.length === 0 || performance.now() > end) return left;
    await sleep(TURN_MS / 4);
  }
}

async function missingOf(sandbox: Sandbox, agent: SoakAgent, version: number): Promise<readonly string[]> {
  const { instanceId } = agent.instance;
  const served = await agent.look(() => version);
  const events = sandbox.logs.events(REGION, GROUP, instanceId);
  const lines = new Set(events.map(({ message }) => Number(message.split(' ')[1])));
  return [
    ...(served === version ? [] : [`${instanceId} serves ${served}, not ${version}`]),
    ...(lines.size === agent.lines
      ? []
      : [`${instanceId} lost ${agent.lines - lines.size} of ${agent.lines} lines`]),
  ];
}

function told({ what, rise, mayRise, row }: SoakRise, fleet: readonly Soaked[]): string {
  const { agent } = fleet[row] ?? {};
  const held = what === 'descriptors' && agent ? `: ${agent.held}` : '';
  return `${what} rose by ${rise.toFixed(1)} after the warm-up, ${mayRise} may be${held}`;
}

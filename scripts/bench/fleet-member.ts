import { stampOf } from '#config-service';
import { createAgent } from '#agent/daemon/parts.ts';
import { NOT_FENCED } from '#agent/daemon/boot/boot-fence.ts';
import type { GenerationRing } from '#agent/daemon/configuration/generation-ring.ts';
import type { Host } from '#agent/daemon/runtime/host.ts';
import { createStateStore } from '#agent/daemon/runtime/state-store.ts';
import { openRegion } from '#agent/daemon/boot/region-access.ts';
import { BootTimes } from '#agent/daemon/runtime/boot-times.ts';
import { readIdentity } from '#agent/identity/identity.ts';
import { Imds } from '#agent/identity/imds.ts';
import { loadSettings } from '#agent/settings/settings.ts';
import { systemClock } from '#kit/clock.ts';
import { LandfallError } from '#kit/errors.ts';
import { fail, type Outcome } from '#kit/outcome.ts';
import type { Sandbox } from '#scripts/sandbox/sandbox.ts';

export interface FleetOptions {
  readonly sandbox: Sandbox;
  readonly members: number;
  readonly region: string;
  readonly source: string;
  readonly intervalMs: number;
}

export interface Fleet {
  /** Resolves when every member serves `version`: milliseconds from this call, one for each. */
  allServe(version: string): Promise<readonly number[]>;
  close(): Promise<void>;
}

/** Nothing is kept and nobody listens: what a fleet asks of S3 is the same. */
const NO_DISK = fail({
  code: 'LF_STATE_DIR',
  operation: 'keep',
  subject: 'state',
  cause: 'a benchmark',
  hint: '',
});

/** Members start at their own place in the interval, as they would be long after their boots. */
export async function launchFleet({
  sandbox,
  members,
  region,
  source,
  intervalMs,
}: FleetOptions): Promise<Fleet> {
  const instance = await sandbox.addInstance({ region, tags: { role: 'web', environment: 'prod' } });
  const host = hostOf({ AWS_ENDPOINT_URL: sandbox.url });
  const imds = new Imds(instance.imdsUrl, host);
  const identity = valueOf(await readIdentity(imds, new AbortController().signal));
  const flags = { source, interval: `${intervalMs}ms` };
  const settings = valueOf(loadSettings({ env: {}, configFile: '/dev/null', flags }));
  const clients = valueOf(await openRegion(identity, imds, settings, host));
  const { uid, clock, logger } = host;
  const here = stampOf(identity);
  const memory = createStateStore({ folder: NO_DISK, here, key: undefined, uid, clock, logger });
  const agents = await Promise.all(
    Array.from({ length: members }, (_, index) => {
      const instanceId = `i-${index.toString(16).padStart(17, '0')}`;
      const bootContext = {
        identity: { ...identity, instanceId },
        imds,
        clients,
        memory,
        fenced: NOT_FENCED,
      };
      return createAgent(settings, host, bootContext, () => {});
    }),
  );
  for (const { poller } of agents) poller.start();
  return {
    async allServe(version) {
      const asked = performance.now();
      return Promise.all(
        agents.map(async ({ ring }) => {
          await serves(ring, version);
          return performance.now() - asked;
        }),
      );
    },
    async close() {
      await Promise.all(agents.map(({ poller }) => poller.close()));
      clients.close();
      imds.close();
    },
  };
}

async function serves(ring: GenerationRing, version: string): Promise<void> {
  const never = new AbortController().signal;
  while (ring.active?.effective.get('version')?.value !== version) {
    await ring.changed(ring.active?.digest ?? '', never);
  }
}

function silent(): void {}

function hostOf(env: Host['env']): Host {
  return {
    env,
    version: 'bench',
    pid: process.pid,
    uid: process.geteuid?.() ?? 0,
    clock: systemClock,
    random: Math.random,
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    residentBytes: () => 0,
    boot: new BootTimes(() => ({ ms: 0, cpuMs: 0 }), 0),
    kill: (pid, signal) => void process.kill(pid, signal),
  };
}

function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.kind !== 'ok') throw new LandfallError(outcome.fault);
  return outcome.value;
}

import type { LeavingParts, Work } from '#agent/termination/leaving.ts';
import { sealedNotes, type Notes } from '#agent/termination/notes.ts';
import { silentLogger, type Logger } from '#kit/logger.ts';
import { ok } from '#kit/outcome.ts';
import { startSandbox, type Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { callsAt } from './aws-calls.ts';
import { FakeClock } from './fake-clock.ts';

export const REGION = 'eu-west-1';
export const INSTANCE = 'i-0123456789abcdef0';

/** An instance in an Auto Scaling group of the sandbox, and what leaving it needs, with a log of what happened. */
export interface Departing extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly clock: FakeClock;
  /** Steps as they begin, with their time; calls of the group. */
  readonly log: string[];
  readonly records: Readonly<Record<string, unknown>>[];
  readonly warnings: string[];
  readonly notes: Notes;
  readonly stop: AbortController;
  readonly parts: LeavingParts;
  /** Replaces a part. */
  with(more: Partial<LeavingParts>): LeavingParts;
}

export async function departing(state = 'Terminating:Wait', heartbeat = 3600): Promise<Departing> {
  const sandbox = await startSandbox();
  const group = sandbox.groups.add({
    name: 'payroll',
    region: REGION,
    hooks: [
      { name: 'payroll-launch', on: 'launch', heartbeat },
      { name: 'payroll-termination', on: 'termination', heartbeat },
    ],
  });
  group.instances.set(INSTANCE, state);
  const clock = new FakeClock();
  const log: string[] = [];
  const records: Readonly<Record<string, unknown>>[] = [];
  const warnings: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (message) => void warnings.push(message) };
  const notes = sealedNotes(undefined, logger);
  const stop = new AbortController();
  const step = (name: string): Work => {
    return async (ms) => {
      log.push(`${name} ${Math.round(ms / 1000)}`);
      return ok(undefined);
    };
  };
  const parts: LeavingParts = {
    aws: callsAt(new URL(sandbox.url)),
    clock,
    random: () => 0.5,
    logger,
    instanceId: INSTANCE,
    groupTag: () => undefined,
    runShutdownHooks: step('hooks'),
    drain: step('drain'),
    releaseClaims: step('claims'),
    terminationHook: () => undefined,
    notes,
    bootId: async () => 'boot-1',
    record: (data) => void records.push(data),
    stop: stop.signal,
  };
  return {
    sandbox,
    clock,
    log,
    records,
    warnings,
    notes,
    stop,
    parts,
    with: (more) => ({ ...parts, ...more }),
    [Symbol.asyncDispose]: () => {
      stop.abort();
      return sandbox.close();
    },
  };
}

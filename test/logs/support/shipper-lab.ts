import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Facts, Landing, SealedRecords } from '#config-service';
import type { AwsCalls } from '#agent/aws/aws-calls.ts';
import type { Checkpoint, Checkpoints } from '#agent/logs/base/checkpoints.ts';
import { DescriptorPool } from '#agent/logs/files/descriptor-pool.ts';
import { nodeFileSystem } from '#agent/logs/files/node-file-system.ts';
import { WindowPool } from '#agent/logs/files/window-pool.ts';
import { createLogShipper, type LogShipper } from '#agent/logs/log-shipper.ts';
import type { OnSample } from '#agent/logs/pattern-counts.ts';
import { createCommandOutput } from '#agent/logs/output/command-output.ts';
import type { JsonObject } from '#agent/plan/json.ts';
import type { LogEntry } from '#agent/plan/plan.ts';
import type { Clock } from '#kit/clock.ts';
import { silentLogger, type Logger } from '#kit/logger.ts';
import { fail, ok } from '#kit/outcome.ts';
import { planMap } from '../../support/plan-map.ts';
import { diskFull } from './disk-full.ts';

export const FACTS: Facts = {
  partition: 'aws',
  dnsSuffix: 'amazonaws.com',
  account: '111122223333',
  region: 'eu-west-1',
  zone: 'eu-west-1a',
  instanceId: 'i-1',
  imageId: 'ami-1',
  instanceType: 't3.small',
  role: 'web',
  environment: 'prod',
  tags: new Map(),
};

/** Checkpoints as a disk would keep them. */
export class KeptCheckpoints implements Checkpoints {
  kept: ReadonlyMap<string, Checkpoint> = new Map();
  saves = 0;
  isFull = false;

  load(): Promise<ReadonlyMap<string, Checkpoint>> {
    return Promise.resolve(this.kept);
  }

  save(checkpoints: ReadonlyMap<string, Checkpoint>): ReturnType<Checkpoints['save']> {
    this.saves += 1;
    if (this.isFull) return Promise.resolve(fail(diskFull()));
    // As text, as it would lie there.
    this.kept = new Map(JSON.parse(JSON.stringify([...checkpoints])) as [string, Checkpoint][]);
    return Promise.resolve(ok(undefined));
  }
}

export interface ShipperLab extends Disposable {
  readonly folder: string;
  readonly checkpoints: KeptCheckpoints;
  write(file: string, ...lines: readonly string[]): void;
  /** A process of the agent: what it keeps is the lab's. */
  start(options: LabOptions): LogShipper;
}

export interface LabOptions {
  readonly aws: AwsCalls;
  readonly clock: Clock;
  readonly logger?: Logger;
  readonly spool?: SealedRecords;
  readonly journalctl?: string;
  readonly landing?: Landing;
  readonly onSample?: OnSample;
}

export function shipperLab(): ShipperLab {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-ship-'));
  const checkpoints = new KeptCheckpoints();
  return {
    folder,
    checkpoints,
    write: (file, ...lines) => appendFileSync(join(folder, file), lines.map((line) => `${line}\n`).join('')),
    start: ({ aws, clock, logger = silentLogger, spool, journalctl, landing, onSample }) =>
      createLogShipper({
        aws,
        clock,
        random: () => 0.1,
        logger,
        checkpoints,
        output: createCommandOutput(spool, clock),
        files: {
          system: nodeFileSystem,
          clock,
          descriptors: new DescriptorPool(64),
          windows: new WindowPool(),
          landing,
        },
        ...(onSample === undefined ? {} : { onSample }),
        ...(journalctl === undefined ? {} : { journalctl }),
      }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

export function entry(name: string, settings: JsonObject): LogEntry {
  return { name, settings: planMap(settings) };
}

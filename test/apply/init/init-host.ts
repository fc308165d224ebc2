import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApplyHost, ApplyStep, ApplyWork } from '#agent/apply/apply-work.ts';
import { createInitStep } from '#agent/apply/init/init-step.ts';
import type { FetchObject } from '#agent/apply/init/task.ts';
import type { InitEntry, Plan, ServiceEntry } from '#agent/plan/plan.ts';
import { judge, sha256Hex, type AllowEntry, type Generation, type VouchedObjects } from '#config-service';
import { systemClock, type Clock } from '#kit/clock.ts';
import { silentLogger } from '#kit/logger.ts';
import { ok } from '#kit/outcome.ts';
import { payrollFacts } from '../../support/layer-generator.ts';
import { folderRegister, folderStore } from './folder-store.ts';
import { spawnRunner, spawnRunnerFor } from './spawn-runner.ts';

export const REGION = payrollFacts.region;

export interface WorkOptions {
  readonly configSets?: readonly string[];
  readonly setuid?: readonly string[];
  readonly owns?: readonly string[];
  readonly allow?: readonly AllowEntry[];
  readonly services?: readonly ServiceEntry[];
  readonly objects?: VouchedObjects;
  readonly signal?: AbortSignal;
  /** What is in effect; left out: nothing yet. */
  readonly before?: Generation;
}

/** The step as the daemon would wire it, on a host below `root`. */
export function stepIn(
  root: string,
  path: string,
  fetch: FetchObject = s3Below(root),
  host: ApplyHost = hostIn(root),
  vouchedOnly = false,
): ApplyStep {
  return createInitStep({
    host,
    runnerFor: spawnRunnerFor,
    environment: { PATH: path, HOME: join(root, 'home') },
    fetch,
    vouchedOnly,
    guard: (work) => ({
      mode: 'enforce',
      judge: (values) => judge({ region: REGION, values, allow: work.plan.allow }),
    }),
  });
}

/** Nobody here waits for a unit to show whether it lives: a sleep is over at once. */
const HURRIED: Clock = { ...systemClock, sleep: (_ms, signal) => systemClock.sleep(0, signal) };

export function hostIn(root: string, clock: Clock = HURRIED): ApplyHost {
  const uid = process.geteuid?.() ?? 0;
  return {
    clock,
    logger: silentLogger,
    run: spawnRunner,
    store: folderStore(join(root, 'state')),
    register: folderRegister(join(root, 'state')),
    runDir: join(root, 'run'),
    uid,
  };
}

export function s3Below(root: string): FetchObject {
  return async (url, { ifNoneMatch }) => {
    const bytes = await readFile(join(root, 's3', url.slice('s3://'.length))).catch(() => undefined);
    if (bytes === undefined) return ok({ kind: 'absent' });
    const etag = `"${sha256Hex(bytes)}"`;
    return ok(etag === ifNoneMatch ? { kind: 'unchanged' } : { kind: 'found', bytes, etag });
  };
}

export function workOf(documents: Readonly<Record<string, string>>, options: WorkOptions = {}): ApplyWork {
  const {
    configSets = [],
    setuid = [],
    owns = [],
    allow = [],
    services = [],
    objects,
    signal = new AbortController().signal,
  } = options;
  const init = Object.keys(documents).map((name): InitEntry => {
    const place = { file: 'role/web/plan.yaml' };
    const document = { layer: 'role/web', path: `${name}.json` };
    return { name, place, document, configSets, setuid, owns };
  });
  return {
    plan: { init, allow, services, bucketOwners: new Map() } as Partial<Plan> as Plan,
    next: {
      number: 1,
      digest: '',
      release: null,
      facts: payrollFacts,
      effective: new Map(),
      layers: [],
      activatedAt: 0,
    },
    before: options.before,
    asset: ({ path }) => {
      const text = documents[path.slice(0, -'.json'.length)];
      if (text === undefined) return undefined;
      const bytes = Buffer.from(text);
      return { path, object: `s3://config/role/web/${path}`, sha256: sha256Hex(bytes), bytes };
    },
    isSecret: () => false,
    secretTexts: [],
    ...(objects ? { objects } : {}),
    signal,
  };
}

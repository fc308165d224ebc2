import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { ApplyHost, ApplyStep } from '#agent/apply/apply-work.ts';
import type { FetchObject } from '#agent/apply/init/task.ts';
import type { Clock } from '#kit/clock.ts';
import { describeFault, type Fault } from '#kit/errors.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { fakeHost, type FakeHost } from './fake-host.ts';
import { hostIn, s3Below, stepIn, workOf, type WorkOptions } from './init-host.ts';

export { REGION } from './init-host.ts';

export interface InitBench {
  readonly root: string;
  readonly host: ApplyHost;
  readonly fakes: FakeHost;
  readonly step: ApplyStep;
  /** A path below the bench's own `/`. */
  at(path: string): string;
  /** Puts an object into this region's S3: `bucket/key`. */
  put(object: string, content: string | Uint8Array): Promise<void>;
  /** What was asked of S3. */
  readonly fetches: readonly string[];
  /** The document's text has `ROOT` for the bench's own `/`. */
  run(document: unknown, options?: WorkOptions): Promise<Outcome<readonly string[]>>;
  preview(document: unknown, options?: WorkOptions): Promise<Outcome<readonly string[]>>;
}

/** @param vouchedOnly as where trusted keys are set. */
export async function initBench(vouchedOnly = false, clock?: Clock): Promise<InitBench> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'landfall-init-')));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const fakes = await fakeHost(root);
  return benchIn(root, fakes, vouchedOnly, clock);
}

export async function benchIn(
  root: string,
  fakes: FakeHost,
  vouchedOnly = false,
  clock?: Clock,
): Promise<InitBench> {
  await mkdir(join(root, 'run'), { recursive: true });
  await mkdir(join(root, 'state'), { recursive: true });
  const host = hostIn(root, clock);
  const fetches: string[] = [];
  const fetch: FetchObject = (url, options) => {
    fetches.push(url);
    return s3Below(root)(url, options);
  };
  const step = stepIn(root, fakes.path, fetch, host, vouchedOnly);
  const go = async (which: 'run' | 'preview', document: unknown, options: WorkOptions = {}) => {
    const text = typeof document === 'string' ? document : JSON.stringify(document);
    const done = await step[which](workOf({ web: text.replaceAll('ROOT', root) }, options));
    if (done.kind !== 'ok') return done;
    return ok(done.value.map(({ action, subject }) => `${action} ${subject.replaceAll(root, '')}`));
  };
  return {
    root,
    host,
    fakes,
    step,
    fetches,
    at: (path) => join(root, path),
    put: async (object, content) => {
      await mkdir(dirname(join(root, 's3', object)), { recursive: true });
      await writeFile(join(root, 's3', object), content);
    },
    run: (document, options) => go('run', document, options),
    preview: (document, options) => go('preview', document, options),
  };
}

export function changesOf(done: Outcome<readonly string[]>): readonly string[] {
  if (done.kind !== 'ok') throw new Error(describeFault(done.fault));
  return done.value;
}

export function faultIn(done: Outcome<unknown>): Fault {
  expect(done.kind).toBe('fail');
  if (done.kind !== 'fail') throw new Error('it did not fail');
  return done.fault;
}

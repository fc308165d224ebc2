import { expect, it, onTestFinished } from 'vitest';
import type { ApplyStep, Change } from '#agent/apply/apply-work.ts';
import { createHostNames } from '#agent/apply/steps/host-names-step.ts';
import { createApplication, type Application } from '#agent/daemon/applying/application.ts';
import { createPlanCache } from '#agent/plan/plan-cache.ts';
import { sha256Hex } from '#config-service';
import { ContentCache } from '#kit/content-cache.ts';
import { ok, retry, type Outcome } from '#kit/outcome.ts';
import { openTargetBench, type TargetBench } from '../apply/target-bench.ts';
import { generationOf } from '../support/generations.ts';
import { HERE } from '../support/sealing.ts';

const DENIED = {
  code: 'LF_SOURCE_DENIED',
  operation: 'fetch',
  subject: 's3://b/a.tar',
  cause: 'denied',
  hint: 'x',
} as const;

function step(name: string, run: ApplyStep['run'] = () => Promise.resolve(ok([]))): ApplyStep {
  return { name, run, preview: () => Promise.resolve(ok([])) };
}

/** One file, then a deployment that goes as `deployed` says; `steps` is what ran, in order. */
function application(
  bench: TargetBench,
  steps: string[],
  deployed: () => Outcome<readonly Change[]>,
): Application {
  const done =
    (name: string): ApplyStep['run'] =>
    () => {
      steps.push(name);
      return Promise.resolve(ok([]));
    };
  const plansOf = createPlanCache(new ContentCache(1000));
  return createApplication({
    host: bench.host,
    guard: {
      mode: 'enforce',
      strictness: { unknown: 'warn', hints: 'show' },
      addresses: { regionOf: () => undefined, note: (sighted) => sighted, settle: (work) => work() },
    },
    readPlan: (layers) => plansOf(layers).plan,
    schemas: () => Promise.reject(new Error('there is none')),
    secretTexts: () => [],
    hooks: { preview: () => Promise.resolve(ok([])), run: (event) => done(`${event} hooks`)({} as never) },
    activity: { during: (_, work) => work() },
    claims: step('claims'),
    steps: [],
    hostNames: createHostNames({
      file: { path: bench.path('hosts'), journal: undefined },
      here: HERE,
      clock: bench.host.clock,
    }),
    deployment: {
      ...step('deployment', () => Promise.resolve(deployed())),
      bring: () => Promise.resolve(ok([])),
    },
    services: () => step('services', done('services')),
  });
}

function opened(): TargetBench {
  const bench = openTargetBench();
  onTestFinished(() => bench.close());
  return bench;
}

async function apply(
  bench: TargetBench,
  made: Application,
  steps: string[],
): Promise<Outcome<readonly Change[]>> {
  const bytes = Buffer.from(`files:\n  app: { target: ${bench.path('app.conf')}, content: "new" }\n`);
  const plan = { path: 'plan.yaml', object: 's3://b/base/plan.yaml', sha256: sha256Hex(bytes), bytes };
  const order = {
    next: generationOf(1, {}),
    before: undefined,
    layers: [{ name: 'base', files: [plan] }],
    flip: () => void steps.push('flip'),
    flipBack: () => void steps.push('flip back'),
  };
  return made.apply(order, new AbortController().signal);
}

it('a first generation whose deployment fails in passing is in effect for nobody', async () => {
  const bench = opened();
  const steps: string[] = [];
  const made = application(bench, steps, () => retry(DENIED));
  expect(await apply(bench, made, steps)).toMatchObject({
    kind: 'retry',
    fault: { code: 'LF_SOURCE_DENIED' },
  });
  expect(steps).toEqual(['setup hooks', 'flip', 'once hooks', 'services', 'flip back', 'services']);
  expect(await made.runNoticeHooks({}, new AbortController().signal)).toBeUndefined();
});

it('a first generation that fails after the files leaves what was there before', async () => {
  const bench = opened();
  bench.write('app.conf', 'packaged');
  const steps: string[] = [];
  let trouble = true;
  const made = application(bench, steps, () => (trouble ? retry(DENIED) : ok([])));
  await apply(bench, made, steps);
  expect(bench.read('app.conf')).toBe('packaged');
  trouble = false;
  expect((await apply(bench, made, steps)).kind).toBe('ok');
  expect(bench.read('app.conf')).toBe('new');
});

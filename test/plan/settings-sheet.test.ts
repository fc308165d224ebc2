import { describe, expect, it } from 'vitest';
import { readLogPlan } from '#agent/logs/settings/read-log-plan.ts';
import { judgeMetrics } from '#agent/metrics/metrics-pipeline.ts';
import { readPlan } from '#agent/plan/read-plan.ts';
import { describeProblem } from '#kit/errors.ts';
import type { Outcome } from '#kit/outcome.ts';
import { layerOf } from '../support/layer-generator.ts';

const BASE = `logs:
  app:
    path: /var/log/app.log
    group: /app
metrics:
  statsd:
    address: 127.0.0.1:8125
`;

describe('what is wrong in logs and metrics is told at the file and line that wrote it', () => {
  it.each([
    [
      'logs: { app: { retension: 30d } }',
      '1: logs.app.retension: there is no such setting; did you mean retention?',
    ],
    ['logs:\n  app:\n    stream: s\n    from: middle', '4: logs.app.from: must be start or end'],
    [
      'logs:\n  app:\n    filter:\n      include: ok\n      exclued: x',
      '5: logs.app.filter.exclued: there is no such setting; did you mean exclude?',
    ],
    ['logs:\n  app:\n    filter:\n      include: "("', '4: logs.app.filter.include: "("'],
    ['logs:\n  app:\n    redact:\n      - token\n      - cards', '5: logs.app.redact[1]: must be one of'],
    [
      'logs:\n  app:\n    redact:\n      - token\n      - { pattern: x, pattren: y }',
      '5: logs.app.redact[1].pattren: there is no such setting; did you mean pattern?',
    ],
    [
      'logs:\n  app:\n    journal: {}',
      'base/plan.yaml:2: logs.app: needs one of path, journal, output, agent and emf',
    ],
    [
      'logs:\n  other:\n    path: /x\n    group: /app\n    retention: 7d\n  app: { retention: 30d }',
      '5: logs.other.retention: logs.app wants another for the same group',
    ],
    [
      'metrics:\n  statsd:\n    maxSerie: 3',
      '3: metrics.statsd.maxSerie: there is no such setting; did you mean maxSeries?',
    ],
    ['metrics:\n  collect:\n    - cpu\n    - memry', '4: metrics.collect: did you mean memory?'],
    [
      'metrics:\n  processes:\n    web: ^nginx\n    java: "("',
      '4: metrics.processes.java: must be a regular expression',
    ],
    ['metrics:\n\n  namespace: AWS/EC2', '3: metrics.namespace: a namespace must not start with AWS/'],
  ])('%j', async (text, expected) => {
    const wanted = expected.startsWith('base/') ? expected : `role/web/plan.yaml:${expected}`;
    const told = await problemsOf({ base: BASE, 'role/web': `${text}\n` });
    expect(told.filter((line) => line.startsWith(wanted))).toHaveLength(1);
    expect(told).toHaveLength(1);
  });
});

it('texts of logs and metrics stay what is written', async () => {
  const text =
    'logs: { a: { path: /x, group: 0123, stream: 1.10, tags: { v: 0x1F, big: 12345678901234567890 } } }\n';
  const { plan } = readPlan([layerOf('base', { 'plan.yaml': text })]);
  expect(await readLogPlan(plan.logs)).toMatchObject({
    value: [
      {
        group: { text: '0123' },
        stream: { text: '1.10' },
        wish: { tags: { v: '0x1F', big: '12345678901234567890' } },
      },
    ],
  });
});

async function problemsOf(plans: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const layers = Object.entries(plans).map(([name, text]) => layerOf(name, { 'plan.yaml': text }));
  const { plan, problems } = readPlan(layers);
  expect(problems).toEqual([]);
  const outcomes: readonly Outcome<unknown>[] = [
    await readLogPlan(plan.logs),
    ...(plan.metrics ? [await judgeMetrics(plan.metrics)] : []),
  ];
  return outcomes.flatMap((outcome) =>
    outcome.kind === 'ok' ? [] : (outcome.fault.problems ?? []).map(describeProblem),
  );
}

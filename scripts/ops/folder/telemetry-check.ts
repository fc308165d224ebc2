import { readLogPlan } from '#agent/logs/settings/read-log-plan.ts';
import { judgeMetrics } from '#agent/metrics/metrics-pipeline.ts';
import type { Plan } from '#agent/plan/plan.ts';
import type { Problem } from '#kit/errors.ts';
import type { Outcome } from '#kit/outcome.ts';
import type { Part } from './rehearsal-part.ts';

/** `logs:` and `metrics:` as those who work by them read them. Sections that many instances share are read once. */
export function createTelemetryCheck(): (plan: Pick<Plan, 'logs' | 'metrics'>) => Promise<Part> {
  const known = new Map<string, readonly Problem[]>();
  return async ({ logs, metrics }) => {
    if (logs.length === 0 && metrics === undefined) return {};
    // With the places, which are in what is told.
    const id = JSON.stringify([logs, metrics], (_, value: unknown) =>
      value instanceof Map ? [...value] : value,
    );
    const problems = known.get(id) ?? [
      ...problemsOf(await readLogPlan(logs)),
      ...(metrics === undefined ? [] : problemsOf(await judgeMetrics(metrics))),
    ];
    known.set(id, problems);
    return { problems };
  };
}

function problemsOf(outcome: Outcome<unknown>): readonly Problem[] {
  if (outcome.kind === 'ok') return [];
  const { code, subject, cause, problems } = outcome.fault;
  return problems ?? [{ code, message: `${subject}: ${cause}` }];
}

import { DEFAULT_LAYER_ORDER } from '#config-service';
import type { Problem } from '#kit/errors.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import type { Host } from '../daemon/runtime/host.ts';
import {
  memoryToLookAt,
  withNextGeneration,
  type LookingContext,
  type NextGeneration,
} from '../daemon/configuration/next-generation.ts';
import { judgeTelemetry } from '../daemon/telemetry/pipelines.ts';
import type { Settings } from '../settings/settings.ts';
import { unreadFiles } from '../plan/unread-files.ts';
import { failure, good, note, warning, type DoctorFinding } from './base/finding.ts';

/** More problems than anybody reads are told by their number. */
const MOST_PROBLEMS = 20;

/** Whether what the source has would be accepted: parsed, interpolated with its secrets, guarded, its plan read. Applies nothing. */
export async function* examineConfiguration(
  { identity, imds, clients }: Omit<LookingContext, 'memory'>,
  settings: Settings,
  host: Host,
  patience: AbortSignal,
): AsyncGenerator<DoctorFinding> {
  const bootContext = { identity, imds, clients, memory: await memoryToLookAt(identity, settings, host) };
  const judged = await withNextGeneration(bootContext, settings, host, patience, (next) =>
    judge(next, settings),
  );
  if (judged.kind === 'ok') {
    yield good('configuration', judged.value.says);
    for (const { file, message } of judged.value.unread)
      yield { ...warning('unread', `${file}: ${message}`), ...(file === undefined ? {} : { file }) };
    return;
  }
  const { fault } = judged;
  yield failure('configuration', fault);
  const { problems = [] } = fault;
  for (const { code, message, file, line } of problems.slice(0, MOST_PROBLEMS)) {
    yield {
      check: 'configuration',
      level: 'failure',
      says: file === undefined ? message : `${file}${line === undefined ? '' : `:${line}`}: ${message}`,
      code,
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { line }),
    };
  }
  const left = problems.length - MOST_PROBLEMS;
  if (left > 0) yield note('configuration', `${left} more problems`, 'landfall plan');
}

interface Judged {
  readonly says: string;
  readonly unread: readonly Problem[];
}

async function judge(
  { generation, fetched, plansOf }: NextGeneration,
  { layers }: Settings,
): Promise<Outcome<Judged>> {
  const { plan, policy } = plansOf(fetched.layers);
  const fault = await judgeTelemetry(plan);
  if (fault) return { kind: 'fail', fault };
  const { release, effective } = generation;
  const order = layers.length > 0 ? layers : DEFAULT_LAYER_ORDER;
  return ok({
    says: `${effective.size} keys${release === null ? '' : ` of release ${release}`} would be accepted`,
    unread: unreadFiles(policy.properties, fetched.others, order),
  });
}

import { ok, type Outcome } from '#kit/outcome.ts';
import type { Host } from '../daemon/host.ts';
import {
  memoryToLookAt,
  withNextGeneration,
  type LookingGrounds,
  type NextGeneration,
} from '../daemon/next-generation.ts';
import { judgeTelemetry } from '../daemon/pipelines.ts';
import type { Settings } from '../settings/settings.ts';
import { failure, good, note, type DoctorFinding } from './finding.ts';

/** More problems than anybody reads are told by their number. */
const MOST_PROBLEMS = 20;

/** Whether what the source has would be accepted: parsed, interpolated with its secrets, guarded, its plan read. Applies nothing. */
export async function* examineConfiguration(
  { identity, imds, clients }: Omit<LookingGrounds, 'memory'>,
  settings: Settings,
  host: Host,
  patience: AbortSignal,
): AsyncGenerator<DoctorFinding> {
  const grounds = { identity, imds, clients, memory: await memoryToLookAt(identity, settings, host) };
  const judged = await withNextGeneration(grounds, settings, host, patience, judge);
  if (judged.kind === 'ok') {
    yield good('configuration', judged.value);
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

async function judge({ generation, fetched, plansOf }: NextGeneration): Promise<Outcome<string>> {
  const fault = await judgeTelemetry(plansOf(fetched.layers).plan);
  if (fault) return { kind: 'fail', fault };
  const { release, effective } = generation;
  return ok(`${effective.size} keys${release === null ? '' : ` of release ${release}`} would be accepted`);
}

import { guardCodeOf, sentenceOf, type AllowEntry, type GuardFinding } from '#config-service';
import type { ApplyWork } from '#agent/apply/apply-work.ts';
import { guardedValues } from '#agent/apply/init/guarded.ts';
import { prepare } from '#agent/apply/init/prepare.ts';
import type { FetchObject } from '#agent/apply/init/task.ts';
import type { InitEntry } from '#agent/plan/plan.ts';
import type { Problem } from '#kit/errors.ts';
import { ok } from '#kit/outcome.ts';
import { carriageInDocument } from './carriage-returns.ts';
import type { Judge } from './guard-cache.ts';
import type { Part } from './simulation-part.ts';

/** AWS::CloudFormation::Init documents, read for the region and judged. What they fetch is not: it is taken for granted. */
export function createInitRehearsal(
  judge: Judge,
): (work: ApplyWork, refused: readonly GuardFinding[]) => Promise<Part> {
  const known = new Map<string, Reading>();
  const read = async (work: ApplyWork, entry: InitEntry): Promise<Reading> => {
    const { name, document, extensions = [document], packages, configSets } = entry;
    const id = JSON.stringify([
      work.next.facts.region,
      name,
      document,
      configSets,
      packages,
      extensions.map((one) => work.asset(one)?.sha256),
    ]);
    const reading = known.get(id) ?? (await readOne(work, entry));
    known.set(id, reading);
    return reading;
  };
  return async (work, refused) => {
    const { region } = work.next.facts;
    const usedAllow = new Set<AllowEntry>();
    const problems: Problem[] = [];
    const warnings: Problem[] = [];
    let complete = true;
    for (const entry of work.plan.init) {
      const reading = await read(work, entry);
      problems.push(...reading.problems);
      warnings.push(...reading.warnings);
      complete &&= reading.problems.length === 0;
      const { allow, strictness: policy } = work.plan;
      const judgement = judge({ region, values: reading.values, allow, policy });
      for (const { by } of judgement.allowed) usedAllow.add(by);
      problems.push(...judgement.findings.filter((finding) => !isTold(finding, refused)).map(problemOf));
    }
    return { problems, warnings, usedAllow, complete };
  };
}

interface Reading {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly values: ReturnType<typeof guardedValues>;
}

/** One entry at a time: what is wrong with one does not hide the others. */
async function readOne(work: ApplyWork, entry: InitEntry): Promise<Reading> {
  const prepared = await prepare({ ...work, plan: { ...work.plan, init: [entry] } }, nothingInIt);
  if (prepared.kind !== 'ok') {
    const { code, subject, cause, problems } = prepared.fault;
    const whole = { code, message: `${subject}: ${cause}`, ...entry.place };
    return { problems: problems ?? [whole], warnings: [], values: [] };
  }
  return {
    problems: [],
    warnings: prepared.value.flatMap(carriageInDocument),
    values: prepared.value.flatMap(guardedValues),
  };
}

const nothingInIt: FetchObject = async () => ok({ kind: 'found', bytes: new Uint8Array(), etag: '' });

/** The lines of the document are judged by themselves: what is refused there needs no second word. */
function isTold({ region, file }: GuardFinding, refused: readonly GuardFinding[]): boolean {
  return refused.some((other) => other.region === region && other.file === file);
}

function problemOf(finding: GuardFinding): Problem {
  const { key, file } = finding;
  return {
    code: guardCodeOf(finding),
    message: `${key} ${sentenceOf(finding)}: give each region its own document in region/REGION, or allow it in plan.yaml with a reason`,
    ...(file === undefined ? {} : { file }),
  };
}

import { readLogPlan } from '#agent/logs/settings/read-log-plan.ts';
import { isJsonList, isJsonObject, type Json, type JsonObject } from '#agent/plan/json.ts';
import type { PlanMap, PlanNode } from '#agent/plan/plan-node.ts';
import type { Draft } from './draft.ts';
import { entryNameOf } from './log-names.ts';

/** Puts a log into the plan, without the settings that the agent's own reader would refuse: those are told. */
export async function putLog(path: string, entry: JsonObject, at: PlanNode, draft: Draft): Promise<void> {
  let kept = entry;
  for (let problem = await problemOf(kept); problem; problem = await problemOf(kept)) {
    const { field, message } = problem;
    draft.leave(at, field, message);
    // Nothing is a log without them.
    if (field === 'path' || field === 'group' || !Object.hasOwn(kept, field)) return;
    kept = Object.fromEntries(Object.entries(kept).filter(([name]) => name !== field));
  }
  draft.put('logs', entryNameOf(path), kept);
}

async function problemOf(entry: JsonObject): Promise<{ field: string; message: string } | undefined> {
  const read = await readLogPlan([{ name: 'log', settings: nodeOf(entry) as PlanMap }]);
  const problem = read.kind === 'ok' ? undefined : read.fault.problems?.[0];
  if (!problem) return undefined;
  const [, field = '', message = problem.message] =
    /^logs\.log\.(\w+)\S*\s([^]*)$/.exec(problem.message) ?? [];
  return { field, message };
}

function nodeOf(value: Json): PlanNode {
  const at = { layer: '', file: 'plan.yaml', line: 1 };
  if (isJsonList(value)) return { ...at, kind: 'list', items: value.map(nodeOf) };
  if (isJsonObject(value)) {
    const members = new Map(Object.entries(value).map(([name, below]) => [name, nodeOf(below)]));
    return { ...at, kind: 'map', members };
  }
  return { ...at, kind: 'scalar', value, text: value === null ? '' : String(value) };
}

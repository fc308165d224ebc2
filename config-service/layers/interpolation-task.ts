import type { Assignment } from './assignment.ts';
import type { JsonValue, SecretVersion } from './effective.ts';
import { keysBelow, leavesOf, type ListShape, shapeList } from './list-shape.ts';
import { parseTemplate, type Step } from './template.ts';

export interface Interpolated {
  readonly value: string;
  /** As in `Property`, like the next ones. */
  readonly references: readonly string[];
  readonly masked?: string;
  readonly secrets?: readonly SecretVersion[];
  readonly list?: readonly JsonValue[];
}

/** A value on its way. */
export interface Task {
  readonly kind: 'underWay';
  /** Its place on the stack. */
  readonly depth: number;
  readonly key: string;
  readonly assignment: Assignment;
  readonly steps: readonly Step[];
  /** Index of the step to take next. */
  next: number;
  /** The text so far; above it, the computed names that are being written. */
  readonly buffers: string[];
  /** The text with masks in place of secrets; undefined until the first secret. */
  masked?: string;
  /** Every name asked for. */
  readonly references: Set<string>;
  /** Those of them that are secrets and were found. */
  secrets?: SecretVersion[];
  broken: boolean;
  readonly shape?: ListShape;
}

/** @param keys of the whole effective set, sorted. */
export function createTask(
  key: string,
  assignment: Assignment,
  depth: number,
  keys: readonly string[],
): Task {
  const start = {
    kind: 'underWay' as const,
    depth,
    key,
    assignment,
    next: 0,
    buffers: [''],
    references: new Set<string>(),
    broken: false,
  };
  if (assignment.items === undefined) return { ...start, steps: parseTemplate(assignment.raw) };
  // A list asks for its items as if it referred to each of them: order, cycles and size come out by the same rules.
  const shape = shapeList(key, assignment.items, keysBelow(keys, key));
  const steps = leavesOf(shape).map((name, index): Step => ({
    kind: 'lookup',
    name,
    fallback: false,
    next: index + 1,
  }));
  return { ...start, steps, shape };
}

/** Gives the text of a complete task that is no list. */
export function textOf(task: Task): Interpolated {
  const { masked, secrets } = task;
  const result = { value: task.buffers[0] ?? '', references: [...task.references] };
  return { ...result, ...(masked !== undefined && { masked }), ...(secrets && { secrets }) };
}

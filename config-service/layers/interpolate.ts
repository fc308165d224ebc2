import type { Problem } from '../kit/errors.ts';
import type { Assignment, Chains } from './assignment.ts';
import { type JsonValue, MAX_TOTAL_LENGTH, MAX_VALUE_LENGTH } from './effective.ts';
import { type Facts, factValue } from './facts.ts';
import { fillList, keysBelow, leavesOf, type ListShape, shapeList } from './list-shape.ts';
import { createReferenceReport } from './reference-report.ts';
import { isExternalName, isTemplate, parseTemplate, type Step } from './template.ts';

/** What a reference may name besides the keys themselves. */
export interface Surroundings {
  readonly facts: Facts;
  /** Answers `@ssm:...` and `@secret:...`; undefined is "no such value". Left out: there are no secrets here. */
  readonly external?: ((name: string) => string | undefined) | undefined;
}

export interface Interpolated {
  readonly value: string;
  /** As `Property.references`. */
  readonly references: readonly string[];
  readonly list?: readonly JsonValue[];
}

export interface Interpolation {
  /** The keys whose value is not simply what is written: with references, or typed lists. */
  readonly computed: ReadonlyMap<string, Interpolated>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * Gives every key its final value: references are followed through the whole effective set, typed lists put together
 * from their items. Each key is worked out once, on a stack of our own: a deep chain costs memory, not the call stack.
 * All problems are found at once; a key that merely depends on a broken one adds none.
 * @param keys the keys of `chains`, sorted by code unit: the order in which problems and cycles are met.
 */
export function interpolate(
  chains: Chains,
  keys: readonly string[],
  { facts, external }: Surroundings,
): Interpolation {
  const computed = new Map<string, Interpolated>();
  const broken = new Set<string>();
  const waiting = new Set<string>();
  const stack: Task[] = [];
  const underWay = new Map<string, number>();
  const report = createReferenceReport(external !== undefined);
  let totalLength = 0;

  for (const key of keys) {
    const assignment = chains.get(key)?.[0];
    if (assignment === undefined) continue;
    if (assignment.items !== undefined || isTemplate(assignment.raw)) waiting.add(key);
    else account(key, assignment, assignment.raw);
  }
  for (const key of waiting) {
    begin(key);
    for (let task = nextTask(); task !== undefined; task = nextTask()) {
      const needed = advance(task);
      if (needed === undefined) finish(task);
      else begin(needed);
    }
  }
  return { computed, problems: report.problems, warnings: report.warnings };

  /** None once all values together are too large: whatever is left would only take more memory. */
  function nextTask(): Task | undefined {
    return totalLength > MAX_TOTAL_LENGTH ? undefined : stack.at(-1);
  }

  function begin(key: string): void {
    const assignment = chains.get(key)?.[0];
    if (assignment === undefined) return;
    waiting.delete(key);
    underWay.set(key, stack.push(createTask(key, assignment, keys)) - 1);
  }

  /** Goes on until the value is complete, or until another key has to be settled first: that key is the answer. */
  function advance(task: Task): string | undefined {
    for (let step = task.steps[task.next]; step !== undefined; step = task.steps[task.next]) {
      if (step.kind === 'lookup') {
        const name = step.name ?? task.buffers.at(-1) ?? '';
        if (waiting.has(name)) return name;
        if (step.name === undefined) task.buffers.pop();
        const found = lookUp(task, name, step.fallback);
        task.next = found ? step.next : task.next + 1;
        if (found) write(task, found.text);
      } else {
        task.next += 1;
        if (step.kind === 'name') task.buffers.push('');
        else write(task, step.text);
      }
    }
    return undefined;
  }

  /** What the name stands for; undefined when its default is to be taken. A failure is reported and stands for nothing. */
  function lookUp(task: Task, name: string, fallback: boolean): { readonly text: string } | undefined {
    const isNews = !task.references.has(name);
    task.references.add(name);
    const cycleStart = underWay.get(name);
    const isFailed = cycleStart !== undefined || broken.has(name);
    const text = isFailed ? undefined : valueOf(name);
    if (text !== undefined) return { text };
    if (fallback && !isFailed) {
      if (isNews) report.defaultTaken(name, task.assignment.origin);
      return undefined;
    }
    task.broken = true;
    if (isNews && !isFailed) report.unknown([...path(0), name], task.assignment.origin);
    if (isNews && cycleStart !== undefined) report.cycle([...path(cycleStart), name], task.assignment.origin);
    return { text: '' };
  }

  function path(from: number): string[] {
    return stack.slice(from).map((task) => task.key);
  }

  function valueOf(name: string): string | undefined {
    if (!name.startsWith('@')) return computed.get(name)?.value ?? chains.get(name)?.[0].raw;
    return isExternalName(name) ? external?.(name) : factValue(facts, name);
  }

  /** The length is known before the text exists: V8 keeps a concatenation as a tree until somebody reads it. */
  function write(task: Task, text: string): void {
    const last = task.buffers.length - 1;
    const written = task.buffers[last] ?? '';
    if (written.length + text.length <= MAX_VALUE_LENGTH) {
      task.buffers[last] = written + text;
      return;
    }
    task.broken = true;
    task.next = task.steps.length;
    report.valueTooLarge(task.key, task.assignment.origin);
  }

  function finish(task: Task): void {
    stack.pop();
    underWay.delete(task.key);
    if (task.broken) {
      broken.add(task.key);
      return;
    }
    const result = task.shape ? listOf(task.shape) : textOf(task);
    if (account(task.key, task.assignment, result.value)) computed.set(task.key, result);
  }

  /** Whether a value that is complete is within the limits. */
  function account(key: string, { origin }: Assignment, value: string): boolean {
    if (value.length > MAX_VALUE_LENGTH) {
      broken.add(key);
      report.valueTooLarge(key, origin);
      return false;
    }
    const before = totalLength;
    totalLength += value.length;
    if (before <= MAX_TOTAL_LENGTH && totalLength > MAX_TOTAL_LENGTH) report.allTooLarge(key, origin);
    return true;
  }

  function listOf(shape: ListShape): Interpolated {
    const leaves = leavesOf(shape);
    const list = fillList(shape, (leaf) => computed.get(leaf)?.list ?? valueOf(leaf) ?? '');
    const references = new Set(leaves.flatMap((leaf) => computed.get(leaf)?.references ?? []));
    return { value: JSON.stringify(list), references: [...references], list };
  }
}

/** A value on its way. */
interface Task {
  readonly key: string;
  readonly assignment: Assignment;
  readonly steps: readonly Step[];
  /** Index of the step to take next. */
  next: number;
  /** The text so far; above it, the computed names that are being written. */
  readonly buffers: string[];
  /** Every name asked for. */
  readonly references: Set<string>;
  broken: boolean;
  readonly shape?: ListShape;
}

function createTask(key: string, assignment: Assignment, keys: readonly string[]): Task {
  const start = { key, assignment, next: 0, buffers: [''], references: new Set<string>(), broken: false };
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

function textOf(task: Task): Interpolated {
  return { value: task.buffers[0] ?? '', references: [...task.references] };
}

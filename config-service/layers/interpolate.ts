import type { Problem } from '../kit/errors.ts';
import type { Assignment, Chains } from './assignment.ts';
import { type JsonValue, MAX_TOTAL_LENGTH, MAX_VALUE_LENGTH, type SecretVersion } from './effective.ts';
import { type ExternalValue, isExternalName, type LookUpExternal, maskOf } from './external.ts';
import { type Facts, factValue } from './facts.ts';
import { fillList, keysBelow, leavesOf, type ListShape, shapeList } from './list-shape.ts';
import { createReferenceReport } from './reference-report.ts';
import { isTemplate, parseTemplate, type Step } from './template.ts';

/** What a reference may name besides the keys themselves. */
export interface Surroundings {
  readonly facts: Facts;
  /** Asked for every `@ssm:...` and `@secret:...` that is needed, and for no other. Left out: there are no secrets here. */
  readonly external?: LookUpExternal | undefined;
}

export interface Interpolated {
  readonly value: string;
  /** As in `Property`, like the next ones. */
  readonly references: readonly string[];
  readonly masked?: string;
  readonly secrets?: readonly SecretVersion[];
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
  // Of every key that is not plain, and of plain ones that are too large. All in one map: names are looked up in no order,
  // and in a large configuration each look-up waits for memory.
  const states = new Map<string, State>();
  const stack: Task[] = [];
  const report = createReferenceReport(external !== undefined);
  let totalLength = 0;

  settlePlain();
  for (const [key, { kind }] of states) {
    if (kind === 'waiting') begin(key);
    for (let task = nextTask(); task !== undefined; task = nextTask()) {
      const needed = advance(task);
      if (needed === undefined) finish(task);
      else begin(needed);
    }
  }
  return { computed, problems: report.problems, warnings: report.warnings };

  /**
   * Most keys are worth what is written. They are met in the order of `chains`, that of the files, which reads memory
   * forwards; in the order of `keys` only to tell which one is too large.
   */
  function settlePlain(): void {
    const others: string[] = [];
    let longest = 0;
    for (const [key, [{ raw, items }]] of chains) {
      if (items !== undefined || isTemplate(raw)) {
        others.push(key);
      } else {
        longest = Math.max(longest, raw.length);
        totalLength += raw.length;
      }
    }
    for (const key of others.toSorted()) states.set(key, WAITING);
    if (longest <= MAX_VALUE_LENGTH && totalLength <= MAX_TOTAL_LENGTH) return;
    totalLength = 0;
    for (const key of keys) {
      const assignment = chains.get(key)?.[0];
      if (assignment !== undefined && !states.has(key)) account(key, assignment, assignment.raw);
    }
  }

  /** None once all values together are too large: whatever is left would only take more memory. */
  function nextTask(): Task | undefined {
    return totalLength > MAX_TOTAL_LENGTH ? undefined : stack.at(-1);
  }

  function begin(key: string): void {
    const assignment = chains.get(key)?.[0];
    if (assignment === undefined) return;
    const task = createTask(key, assignment, stack.length, keys);
    stack.push(task);
    states.set(key, task);
  }

  /** Goes on until the value is complete, or until another key has to be settled first: that key is the answer. */
  function advance(task: Task): string | undefined {
    for (let step = task.steps[task.next]; step !== undefined; step = task.steps[task.next]) {
      if (step.kind === 'lookup') {
        const name = step.name ?? task.buffers.at(-1) ?? '';
        const state = states.get(name);
        if (state?.kind === 'waiting') return name;
        if (step.name === undefined) task.buffers.pop();
        const found = lookUp(task, name, state, step.fallback);
        // A name that misses a part would be asked for, of AWS even, and reported for nothing.
        if (task.broken && task.buffers.length > 1) return undefined;
        task.next = found ? step.next : task.next + 1;
        if (found) write(task, found.text, found.mask);
      } else {
        task.next += 1;
        if (step.kind === 'name') task.buffers.push('');
        else write(task, step.text);
      }
    }
    return undefined;
  }

  /** What the name stands for; undefined when its default is to be taken. A failure is reported and stands for nothing. */
  function lookUp(task: Task, name: string, state: State | undefined, fallback: boolean): Found | undefined {
    const isNews = !task.references.has(name);
    task.references.add(name);
    const { origin } = task.assignment;
    const isFailed = state?.kind === 'underWay' || state?.kind === 'broken';
    const found = isFailed ? undefined : find(name, state);
    if (found?.kind === 'unusable') {
      if (isNews) report.unusable([...path(0), name], found, origin);
    } else if (found?.mask !== undefined && task.buffers.length > 1) {
      report.secretInName([...path(0), name], origin);
    } else if (found) {
      if (isNews && found.version !== undefined) (task.secrets ??= []).push({ name, version: found.version });
      return found;
    } else if (fallback && !isFailed) {
      if (isNews) report.defaultTaken(name, origin);
      return undefined;
    } else if (isNews && !isFailed) {
      report.unknown([...path(0), name], origin);
    } else if (isNews && state?.kind === 'underWay') {
      report.cycle([...path(state.depth), name], origin);
    }
    task.broken = true;
    return NOTHING;
  }

  function path(from: number): string[] {
    return stack.slice(from).map((task) => task.key);
  }

  function find(name: string, state: State | undefined): Found | Unusable | undefined {
    if (state?.kind === 'settled') {
      const { value, masked } = state.result;
      return masked === undefined
        ? { kind: 'found', text: value }
        : { kind: 'found', text: value, mask: `[${name}]` };
    }
    if (isExternalName(name)) return findExternal(name);
    const text = name.startsWith('@') ? factValue(facts, name) : chains.get(name)?.[0].raw;
    return text === undefined ? undefined : { kind: 'found', text };
  }

  function findExternal(name: string): Found | Unusable | undefined {
    const answer = external?.(name);
    if (answer === undefined || answer.kind === 'absent') return undefined;
    if (answer.kind === 'unusable') return answer;
    const { text, version } = answer;
    return { kind: 'found', text, mask: maskOf(name, version), version };
  }

  /** The length is known before the text exists: V8 keeps a concatenation as a tree until somebody reads it. */
  function write(task: Task, text: string, mask?: string): void {
    const last = task.buffers.length - 1;
    const written = task.buffers[last] ?? '';
    // No secret gets into a name, so that there is one buffer to mask: the lowest.
    if (mask !== undefined) task.masked ??= written;
    if (task.masked !== undefined && last === 0) task.masked += mask ?? text;
    if (Math.max(written.length + text.length, task.masked?.length ?? 0) <= MAX_VALUE_LENGTH) {
      task.buffers[last] = written + text;
      return;
    }
    task.broken = true;
    task.next = task.steps.length;
    report.valueTooLarge(task.key, task.assignment.origin);
  }

  function finish(task: Task): void {
    stack.pop();
    states.set(task.key, BROKEN);
    if (task.broken) return;
    const result = task.shape ? listOf(task.shape, task.masked !== undefined) : textOf(task);
    if (!account(task.key, task.assignment, result.value)) return;
    states.set(task.key, { kind: 'settled', result });
    computed.set(task.key, result);
  }

  /** Whether a value that is complete is within the limits. */
  function account(key: string, { origin }: Assignment, value: string): boolean {
    if (value.length > MAX_VALUE_LENGTH) {
      states.set(key, BROKEN);
      report.valueTooLarge(key, origin);
      return false;
    }
    const before = totalLength;
    totalLength += value.length;
    if (before <= MAX_TOTAL_LENGTH && totalLength > MAX_TOTAL_LENGTH) report.allTooLarge(key, origin);
    return true;
  }

  /** Of a key that is settled. */
  function valueOf(key: string): string {
    return computed.get(key)?.value ?? chains.get(key)?.[0].raw ?? '';
  }

  function listOf(shape: ListShape, isMasked: boolean): Interpolated {
    const leaves = leavesOf(shape);
    const list = fillList(shape, (leaf) => computed.get(leaf)?.list ?? valueOf(leaf));
    const references = [...new Set(leaves.flatMap((leaf) => computed.get(leaf)?.references ?? []))];
    const result = { value: JSON.stringify(list), references, list };
    if (!isMasked) return result;
    const shown = fillList(shape, (leaf) =>
      computed.get(leaf)?.masked === undefined ? valueOf(leaf) : `[${leaf}]`,
    );
    const secrets = leaves.flatMap((leaf) => computed.get(leaf)?.secrets ?? []);
    return { ...result, masked: JSON.stringify(shown), ...(secrets.length > 0 && { secrets }) };
  }
}

/** What a name stands for; `mask` when that holds a secret, `version` when it is one. */
interface Found {
  readonly kind: 'found';
  readonly text: string;
  readonly mask?: string;
  readonly version?: string;
}

/** How far a key is whose value is not simply what is written. */
type State =
  | { readonly kind: 'waiting' }
  | Task
  | { readonly kind: 'settled'; readonly result: Interpolated }
  | { readonly kind: 'broken' };

const WAITING: State = { kind: 'waiting' };
const BROKEN: State = { kind: 'broken' };

type Unusable = Extract<ExternalValue, { kind: 'unusable' }>;

const NOTHING: Found = { kind: 'found', text: '' };

/** A value on its way. */
interface Task {
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
  /** The same text with masks in place of secrets, from the first one on. */
  masked?: string;
  /** Every name asked for. */
  readonly references: Set<string>;
  /** Those of them that are secrets and were found. */
  secrets?: SecretVersion[];
  broken: boolean;
  readonly shape?: ListShape;
}

function createTask(key: string, assignment: Assignment, depth: number, keys: readonly string[]): Task {
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

function textOf(task: Task): Interpolated {
  const { masked, secrets } = task;
  const result = { value: task.buffers[0] ?? '', references: [...task.references] };
  return { ...result, ...(masked !== undefined && { masked }), ...(secrets && { secrets }) };
}

import type { Problem } from '../kit/errors.ts';
import { each, type Steps } from '../kit/steps.ts';
import type { Assignment, Chains } from './assignment.ts';
import { MAX_TOTAL_LENGTH, MAX_VALUE_LENGTH } from './effective.ts';
import { type ExternalValue, isExternalName, type LookUpExternal, maskOf } from './external.ts';
import { type Facts, factValue } from './facts.ts';
import { createTask, type Interpolated, type Task, textOf } from './interpolation-task.ts';
import { fillList, leavesOf, type ListShape } from './list-shape.ts';
import { createReferenceReport } from './reference-report.ts';
import { fieldMeant } from './secret-selector.ts';
import { ABSENT, fillFlat } from './flat-template.ts';
import { isTemplate, type Lookup } from './template.ts';

/** What a reference may name besides the keys themselves. */
export interface Surroundings {
  readonly facts: Facts;
  /** Asked for every `@ssm:...` and `@secret:...` that is needed, and for no other. Left out: there are no secrets here. */
  readonly external?: LookUpExternal | undefined;
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
export function* interpolating(
  chains: Chains,
  keys: readonly string[],
  { facts, external }: Surroundings,
): Steps<Interpolation> {
  const computed = new Map<string, Interpolated>();
  // Of every key that is not plain, and of plain ones that are too large. All in one map: names are looked up in no order,
  // and in a large configuration each look-up waits for memory.
  const states = new Map<string, State>();
  const stack: Task[] = [];
  const report = createReferenceReport(external !== undefined);
  let totalLength = 0;

  settlePlain();
  yield;
  yield* each(states, ([key, { kind }]) => {
    if (kind === 'waiting' && totalLength <= MAX_TOTAL_LENGTH && !settleFlat(key)) begin(key);
    for (let task = nextTask(); task !== undefined; task = nextTask()) {
      const needed = advance(task);
      if (needed === undefined) finish(task);
      else if (!settleFlat(needed)) begin(needed);
    }
  });
  return { computed, problems: report.problems, warnings: report.warnings };

  /**
   * Most keys are worth what is written. They are met in the order of `chains`, that of the files, which reads memory
   * forwards; in the order of `keys` only to tell which one is too large.
   */
  function settlePlain(): void {
    const others: string[] = [];
    let longest = 0;
    for (const entry of chains) {
      const { raw, items } = entry[1][0];
      if (items !== undefined || isTemplate(raw)) {
        others.push(entry[0]);
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

  /**
   * Most templates name nothing but names that are settled, one after the other: they need no task. False: this one needs one,
   * be it for what it finds.
   */
  function settleFlat(key: string): boolean {
    const assignment = chains.get(key)?.[0];
    if (assignment === undefined || assignment.items !== undefined) return false;
    const result = fillFlat(assignment.raw, textOfName);
    if (result === undefined) return false;
    if (!account(key, assignment, result.value)) return true;
    states.set(key, { kind: 'settled', result });
    computed.set(key, result);
    return true;
  }

  /** Undefined where no text can be told without more: `absent` has none. */
  function textOfName(name: string): string | typeof ABSENT | undefined {
    const state = states.get(name);
    if (state?.kind === 'settled') return state.result.masked === undefined ? state.result.value : undefined;
    if (state !== undefined || isExternalName(name)) return undefined;
    if (name.startsWith('@')) return factValue(facts, name);
    return chains.get(name)?.[0].raw ?? ABSENT;
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
        const found = lookUp(task, name, state, step);
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
  function lookUp(task: Task, name: string, state: State | undefined, step: Lookup): Found | undefined {
    const { fallback, fieldLike } = step;
    const isNews = !task.references.has(name);
    task.references.add(name);
    const origin = task.assignment;
    const isFailed = state?.kind === 'underWay' || state?.kind === 'broken';
    const known = isFailed ? undefined : find(name, state);
    const found = (known?.kind === 'found' && slipOf(name, fieldLike)) || known;
    if (fieldLike !== undefined && isNews) report.fieldLikeDefault(name, fieldLike, origin);
    if (found?.kind === 'unusable') {
      if (isNews) report.unusable([...path(0), name], found, origin);
    } else if (found?.kind === 'found' && found.mask !== undefined && task.buffers.length > 1) {
      report.secretInName([...path(0), name], origin);
    } else if (found?.kind === 'found') {
      if (isNews && found.version !== undefined) (task.secrets ??= []).push({ name, version: found.version });
      return found;
    } else if (fallback && !isFailed) {
      if (isNews) report.defaultTaken(name, origin);
      return undefined;
    } else if (isNews && !isFailed) {
      report.unknown([...path(0), name], origin, found?.reason);
    } else if (isNews && state?.kind === 'underWay') {
      report.cycle([...path(state.depth), name], origin);
    }
    task.broken = true;
    return NOTHING;
  }

  function path(from: number): string[] {
    return stack.slice(from).map((task) => task.key);
  }

  function find(name: string, state: State | undefined): Found | NotFound | undefined {
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

  /** A default that is the very name of a field is no default: the whole secret would be handed out in its place. */
  function slipOf(name: string, fieldLike: string | undefined): NotFound | undefined {
    const field = fieldLike === undefined ? undefined : external?.(`${name}#${fieldLike}`);
    // A stand-in has no version, and every field.
    return field?.kind === 'value' && field.version !== '' ? fieldMeant(name, fieldLike ?? '') : undefined;
  }

  function findExternal(name: string): Found | NotFound | undefined {
    const answer = external?.(name);
    if (answer?.kind !== 'value') return answer;
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
    report.valueTooLarge(task.key, task.assignment);
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
  function account(key: string, origin: Assignment, value: string): boolean {
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

  /** Gives the value of a key that is settled. */
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

type NotFound = Exclude<ExternalValue, { kind: 'value' }>;

/** How far a key is whose value is not simply what is written. */
type State =
  | { readonly kind: 'waiting' }
  | Task
  | { readonly kind: 'settled'; readonly result: Interpolated }
  | { readonly kind: 'broken' };

const WAITING: State = { kind: 'waiting' };
const BROKEN: State = { kind: 'broken' };

const NOTHING: Found = { kind: 'found', text: '' };

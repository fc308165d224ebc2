import type { Field, Reading } from '#agent/plan/plan-field.ts';
import type { PlanNode } from '#agent/plan/plan-node.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Where a value stands that nobody wrote. */
const NOWHERE = { layer: 'x', file: 'x/plan.yaml', line: 1 };
const scalar = (value: string | boolean): PlanNode => ({
  ...NOWHERE,
  kind: 'scalar',
  value,
  text: String(value),
});
const NO_LIST: PlanNode = { ...NOWHERE, kind: 'list', items: [] };
const NO_MAP: PlanNode = { ...NOWHERE, kind: 'map', members: new Map() };

/**
 * The schema of one field, found out by asking it: what it takes of an empty list, an empty map, a truth and a text is its
 * type, and what it says of a wrong one is what an editor shows. So there is one description of a plan, the one that lint reads by.
 */
export function fieldSchema({ read }: Field<unknown>): JsonSchema {
  if (isTaken(read(NO_LIST))) {
    const item = fieldSchema({ read: (node) => read({ ...NOWHERE, kind: 'list', items: [node] }) });
    const { description, ...one } = item;
    return { description, anyOf: [one, { type: 'array', items: one }] };
  }
  if (isTaken(read(NO_MAP)))
    return { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } };
  // No plan says this.
  const odd = read(scalar('\0'));
  const wrong = 'wrong' in odd ? odd.wrong.replace(/^item 0 /, '') : 'a text';
  const description = wrong.replace(/^must be /, '');
  const isTruth = isTaken(read(scalar(true))) && !isTaken(read(scalar('x'))) && !isTaken(read(scalar('5s')));
  if (isTruth) return { type: 'boolean' };
  const choices = description.split(' or ');
  if (
    choices.every((choice) => /^\S+$/.test(choice) && isTaken(read(scalar(choice)))) &&
    !isTaken(read(scalar('x')))
  )
    return { enum: choices };
  return { description, type: ['string', 'number', 'boolean'] };
}

function isTaken(reading: Reading<unknown>): boolean {
  return 'value' in reading;
}

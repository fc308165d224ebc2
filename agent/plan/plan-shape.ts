import { nearestName } from '#kit/nearest-name.ts';
import { ENTRY_NAME, type Field, type Values } from './plan-field.ts';
import { isNull, memberOf, type PlanNode } from './plan-node.ts';

/** What a check has to say of one layer's plan. */
export interface PlanCheck {
  problem(message: string, node: PlanNode): void;
  /** A file of the layer that `path` of the plan names. */
  asset(path: string, file: string, node: PlanNode): void;
}

/** The form of one part of a plan: looks at what one layer says, where any field may be left to another layer. */
export type Shape = (node: PlanNode, path: string, check: PlanCheck) => void;

export function field<T>({ read, isAsset }: Field<T>): Shape {
  return (node, path, check) => {
    const reading = read(node);
    if ('wrong' in reading) check.problem(`${path}: ${reading.wrong}`, node);
    else if (isAsset && node.kind === 'scalar') check.asset(path, node.text, node);
  };
}

/** Named fields, and no others. */
export function record(shapes: Readonly<Record<string, Shape>>): Shape {
  const known = new Map(Object.entries(shapes));
  return (node, path, check) => {
    if (node.kind !== 'map') {
      check.problem(`${path}: must be a map with ${[...known.keys()].join(', ')}`, node);
      return;
    }
    for (const [name, member] of node.members) {
      const at = path === '' ? name : `${path}.${name}`;
      const shape = known.get(name);
      if (shape === undefined) check.problem(`${at}: ${unknown(path, name, [...known.keys()])}`, member);
      else if (!isNull(member)) shape(member, at, check);
    }
  };
}

export function fields(of: Readonly<Record<string, Field<unknown>>>): Shape {
  return record(Object.fromEntries(Object.entries(of).map(([name, one]) => [name, field(one)])));
}

/** Entries by name. */
export function entries(of: Shape, isName: RegExp = ENTRY_NAME): Shape {
  return (node, path, check) => {
    if (node.kind !== 'map') {
      check.problem(`${path}: must be a map of names`, node);
      return;
    }
    for (const [name, member] of node.members) {
      if (!isName.test(name)) check.problem(`${path}.${name}: a name is made of A-Z a-z 0-9 . _ -`, member);
      else if (!isNull(member)) of(member, `${path}.${name}`, check);
    }
  };
}

export function list(of: Shape): Shape {
  return (node, path, check) => {
    if (node.kind !== 'list') check.problem(`${path}: must be a list`, node);
    else for (const [index, item] of node.items.entries()) of(item, `${path}[${index}]`, check);
  };
}

/** The fields of an entry; what is wrong has been reported by its shape. */
export function valuesOf<Fields extends Readonly<Record<string, Field<unknown>>>>(
  of: Fields,
  node: PlanNode | undefined,
): Values<Fields> {
  const values = Object.entries(of).map(([name, { read }]) => {
    const member = memberOf(node, name);
    const reading = member && read(member);
    return [name, reading && 'value' in reading ? reading.value : undefined];
  });
  return Object.fromEntries(values) as Values<Fields>;
}

function unknown(path: string, name: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  const what = path === '' ? 'section' : 'field';
  return `there is no such ${what}; ${near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`}`;
}

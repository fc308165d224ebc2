import type { Json } from '#agent/plan/json.ts';
import type { PlanNode } from '#agent/plan/plan-node.ts';
import { markedFact } from './instance-facts.ts';
import type { Resolve } from './init-entries.ts';

class Unresolved extends Error {
  readonly node: PlanNode;
  constructor(node: PlanNode, message: string) {
    super(message);
    this.node = node;
  }
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * Resolves the functions of a template as far as a template alone says what they come to.
 * @param parameterOf the value of a parameter; undefined where nobody gave one.
 */
export function createResolver(parameterOf: (name: string, at: PlanNode) => string | undefined): Resolve {
  const refOf = (name: string, node: PlanNode): string => {
    const value = markedFact(name) ?? parameterOf(name, node);
    if (value !== undefined) return value;
    if (name.startsWith('AWS::')) throw new Unresolved(node, `only CloudFormation knows ${name}`);
    throw new Unresolved(
      node,
      `only CloudFormation knows ${name}; for a parameter say --parameter ${name}=VALUE`,
    );
  };
  const evaluate = (node: PlanNode): Json => {
    if (node.kind === 'scalar')
      return typeof node.value === 'boolean' || node.value === null ? node.value : node.text;
    if (node.kind === 'list') return node.items.map(evaluate);
    const [only] = node.members;
    if (node.members.size === 1 && only && /^(Ref|Condition|Fn::\w+)$/.test(only[0]))
      return intrinsic(only[0], only[1]);
    return Object.fromEntries([...node.members].map(([name, below]) => [name, evaluate(below)]));
  };
  const intrinsic = (name: string, argument: PlanNode): Json => {
    if (name === 'Ref' && argument.kind === 'scalar') return refOf(argument.text, argument);
    if (name === 'Fn::Join' && argument.kind === 'list' && argument.items.length === 2) {
      const [mark, parts] = argument.items.map(evaluate);
      if (typeof mark === 'string' && Array.isArray(parts)) return parts.map(textOf).join(mark);
    }
    if (name === 'Fn::Select' && argument.kind === 'list' && argument.items.length === 2) {
      const [index, parts] = argument.items.map(evaluate);
      const picked: Json | undefined = Array.isArray(parts)
        ? (parts as readonly Json[])[Number(index)]
        : undefined;
      if (picked !== undefined) return picked;
    }
    if (name === 'Fn::Sub') return substituted(argument);
    throw new Unresolved(argument, `only CloudFormation resolves ${name}`);
  };
  const substituted = (argument: PlanNode): string => {
    const [template, given] = argument.kind === 'list' ? argument.items : [argument];
    if (template?.kind !== 'scalar') throw new Unresolved(argument, 'is no text of Fn::Sub');
    const own = given?.kind === 'map' ? given.members : new Map<string, PlanNode>();
    return template.text.replaceAll(/\$\{(!?)([^}]*)\}/g, (_, escape: string, name: string) => {
      if (escape !== '') return `\${${name}}`;
      const value = own.get(name.trim());
      return value ? textOf(evaluate(value)) : refOf(name.trim(), template);
    });
  };
  return (node) => {
    try {
      return { json: evaluate(node) };
    } catch (error) {
      if (error instanceof Unresolved) return { at: error.node, why: error.message };
      throw error;
    }
  };
}

import type * as LiquidModule from 'liquidjs';
import type { Context, Template, Token, Value } from 'liquidjs';
import { booleanOf } from '#config-service';
import type { Problem } from '#kit/errors.ts';
import type { TemplateScope } from './template-scope.ts';
import { numberIn, truthOf } from './template-truth.ts';

/** What conditions of one template are judged with. */
export interface ConditionSight {
  readonly context: Context;
  /** The scope that the context looks values up in. */
  readonly scope: TemplateScope;
  /** What such a key is worth is known on instances only. */
  readonly isSecret: (key: string) => boolean;
  readonly fileOf: (token: Token) => string;
}

/**
 * What is a condition and cannot be meant: whether it holds does not depend on anything, or two sides are compared that are
 * never equal. Messages name keys, never a value. What is not known before a template runs (loops, assigned names) is left.
 */
export function lintConditions(
  liquid: typeof LiquidModule,
  templates: readonly Template[],
  sight: ConditionSight,
): readonly Problem[] {
  const all = [...walk(liquid, templates, new Set())];
  const locals = new Set(all.flatMap(namesIn));
  const problems: Problem[] = [];
  const report = (token: Token, message: string): void => {
    const [line, column] = token.getPosition() as [number, number];
    problems.push({ code: 'LF_TEMPLATE', message, file: sight.fileOf(token), line, column });
  };
  const operandOf = (token: Token): Operand => readOperand(liquid, token, sight, locals);
  for (const template of all) {
    const decides = template instanceof liquid.IfTag || template instanceof liquid.UnlessTag;
    for (const value of template.arguments?.() ?? [])
      if (typeof value === 'object' && 'lhs' in value)
        lintRange([operandOf(value.lhs), operandOf(value.rhs)], report);
      else if (value instanceof liquid.Value) lintExpression(value, decides, operandOf, report);
    if (!(template instanceof liquid.CaseTag)) continue;
    const [token] = template.value.initial.postfix;
    const isPlain = template.value.initial.postfix.length === 1 && template.value.filters.length === 0;
    const target = token !== undefined && isPlain ? operandOf(token) : UNKNOWN;
    for (const when of template.branches.flatMap(({ values: list }) => list))
      lintPair('==', [target, operandOf(when)], report);
  }
  return problems;
}

type Report = (token: Token, message: string) => void;

type Operand =
  | { readonly kind: 'literal' | 'value'; readonly token: Token; readonly value: unknown }
  /** A key that is not there; `isWord` when it is one name without dots. */
  | { readonly kind: 'absent'; readonly token: Token; readonly isWord: boolean }
  | { readonly kind: 'unknown' };

const UNKNOWN: Operand = { kind: 'unknown' };
const ORDERS: ReadonlySet<string> = new Set(['<', '>', '<=', '>=']);

function lintExpression(
  { initial, filters }: Value,
  decides: boolean,
  operandOf: (token: Token) => Operand,
  report: Report,
): void {
  const stack: Operand[] = [];
  for (const token of initial.postfix) {
    if (!('operator' in token)) {
      stack.push(operandOf(token));
      continue;
    }
    const operator = String(token.operator);
    const right = stack.pop() ?? UNKNOWN;
    const sides = operator === 'not' ? [right] : [stack.pop() ?? UNKNOWN, right];
    if (isLogical(operator)) sides.forEach((side) => lintAlone(side, report));
    else lintPair(operator, [sides[0] ?? UNKNOWN, right], report);
    stack.push(UNKNOWN);
  }
  if (decides && filters.length === 0) lintAlone(stack[0] ?? UNKNOWN, report);
  const inOrder = initial.postfix
    .toSorted((a, b) => a.begin - b.begin)
    .filter((token) => 'operator' in token);
  const first = inOrder.findIndex(({ operator }) => operator === 'and');
  const mixed = inOrder.find(({ operator }, index) => operator === 'or' && first !== -1 && index > first);
  if (mixed !== undefined)
    report(
      mixed,
      'conditions are read from the right: `a and b or c` is a and (b or c); nest `if` to say what is meant',
    );
}

/** `(1..workers)`: of what is no number there is no range, and nothing is put out. */
function lintRange(ends: readonly Operand[], report: Report): void {
  for (const end of ends)
    if (end.kind === 'value' && numberIn(end.value) === undefined)
      report(end.token, `${quoted(end)} is the end of a range and is no number`);
}

function isLogical(operator: string): boolean {
  return operator === 'and' || operator === 'or' || operator === 'not';
}

function lintAlone(operand: Operand, report: Report): void {
  if (operand.kind === 'literal')
    report(operand.token, `${quoted(operand)} is a condition that no key changes`);
}

function lintPair(operator: string, [left, right]: readonly [Operand, Operand], report: Report): void {
  if (left.kind === 'literal' && right.kind === 'literal') {
    report(left.token, `${quoted(left)} ${operator} ${quoted(right)} is a condition that no key changes`);
    return;
  }
  if (right.kind === 'absent' && right.isWord) {
    report(right.token, `there is no key ${quoted(right)}; a text stands in quotes${spelling(right.token)}`);
    return;
  }
  if (operator === 'contains') return;
  for (const [own, other] of [[left, right] as const, [right, left] as const]) {
    if (own.kind !== 'value' || typeof own.value !== 'string' || other.kind !== 'literal') continue;
    const message = mismatch(own.value, other);
    if (message !== undefined) report(other.token, `${quoted(own)} ${message}`);
  }
  if (
    ORDERS.has(operator) &&
    left.kind !== 'unknown' &&
    right.kind !== 'unknown' &&
    isMisordered(left, right)
  )
    report(
      left.token,
      `${quoted(left)} ${operator} ${quoted(right)} goes by letters, for they are not both numbers`,
    );
}

/** A text beside a literal of another kind than it is one. */
function mismatch(
  text: string,
  literal: Operand & { readonly kind: 'literal' | 'value' },
): string | undefined {
  const { value } = literal;
  if (text.trim() === '') return undefined;
  if (typeof value === 'boolean' && truthOf(text) === undefined)
    return `is compared with ${quoted(literal)} and is neither true nor false`;
  if (typeof value === 'number' && numberIn(text) === undefined)
    return `is compared with ${quoted(literal)} and is no number`;
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER)
    return `is compared with ${quoted(literal)} as a number, which tells 15 digits apart; write it in quotes`;
  const truth = typeof value === 'string' && numberIn(value) === undefined ? booleanOf(value) : undefined;
  return truth !== undefined && truth === booleanOf(text) && value !== text
    ? `is compared with ${quoted(literal)} letter by letter; write ${truth} without quotes`
    : undefined;
}

/** Texts whose order by letters is not that of the numbers in them. */
function isMisordered(left: Operand, right: Operand): boolean {
  const [a, b] = [textIn(left), textIn(right)];
  if (a === undefined || b === undefined || (numberIn(a) !== undefined && numberIn(b) !== undefined))
    return false;
  const natural = new Intl.Collator('en', { numeric: true }).compare(a, b);
  return /\d/.test(a) && /\d/.test(b) && natural < 0 !== a < b;
}

function textIn(operand: Operand): string | undefined {
  const value = 'value' in operand ? operand.value : undefined;
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function spelling(token: Token): string {
  return /^(?:true|false)$/i.test(token.getText()) ? `, and truth is ${token.getText().toLowerCase()}` : '';
}

function quoted({ token }: { readonly token: Token }): string {
  return `\`${token.getText()}\``;
}

function readOperand(
  liquid: typeof LiquidModule,
  token: Token,
  { context, scope, isSecret }: ConditionSight,
  locals: ReadonlySet<string>,
): Operand {
  if ('content' in token) return { kind: 'literal', token, value: liquid.toValue(token.content) as unknown };
  if (!('props' in token) || ('variable' in token && token.variable !== undefined)) return UNKNOWN;
  const names = (token.props as readonly { readonly content?: unknown }[]).map(({ content }) => content);
  const [first] = names;
  if (typeof first !== 'string' || locals.has(first) || names.includes(undefined)) return UNKNOWN;
  scope.takeReads();
  const value: unknown = liquid.toValueSync(liquid.evalTokenValue(token, context, true));
  if ([...scope.takeReads()].some(isSecret)) return UNKNOWN;
  return value === undefined || value === null
    ? { kind: 'absent', token, isWord: names.length === 1 }
    : { kind: 'value', token, value };
}

/** With what stands in them and in their parts, each part once. */
function* walk(
  liquid: typeof LiquidModule,
  templates: readonly Template[],
  parts: Set<string>,
): Generator<Template> {
  for (const template of templates) {
    yield template;
    const part = template.partialScope?.()?.name;
    if (part !== undefined && parts.has(part)) continue;
    if (part !== undefined) parts.add(part);
    const children = template.children?.(true, true);
    if (children !== undefined)
      yield* walk(liquid, liquid.toValueSync<readonly Template[]>(children as never), parts);
  }
}

function namesIn(template: Template): readonly string[] {
  const given = [...(template.partialScope?.()?.scope ?? [])];
  return [
    ...[...(template.localScope?.() ?? [])].map(({ content }) => content),
    ...(template.blockScope?.() ?? []),
    ...given.map((name) => (typeof name === 'string' ? name : name[0])),
  ];
}

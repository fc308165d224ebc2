import type * as LiquidModule from 'liquidjs';
import type { Comparable, Context, Emitter, FilterImplOptions, Liquid, Operators, Template } from 'liquidjs';
import { conditionSlip, leftoverOf } from './condition-syntax.ts';
import { areEqual, isTrue, itemsOf, orderOf } from './template-truth.ts';

type Step<T> = Generator<unknown, T, unknown>;

export interface Conditions {
  readonly operators: Operators;
  /** Puts the tags and filters that decide in the place of LiquidJS's own. */
  register(engine: Liquid): void;
}

/** `if`, `unless`, `case`, their operators, and the filters that pick from lists: all of them by the rule of `template-truth.ts`. */
export function conditionsOf(liquid: typeof LiquidModule): Conditions {
  const { CaseTag, IfTag, ParseError, UnlessTag, Value, defaultOperators, evalToken, toValue } = liquid;
  type Constructed<T extends abstract new (...args: never[]) => unknown> = ConstructorParameters<T>;

  const own = (operator: string, decide: (left: unknown, right: unknown) => boolean) =>
    function* compare(left: unknown, right: unknown, context: Context): Step<boolean> {
      const [a, b] = [
        isComparable(left) ? left : toValue(left),
        isComparable(right) ? right : toValue(right),
      ];
      if (!isComparable(a) && !isComparable(b)) return decide(a, b);
      // `nil`, `empty` and `blank` know themselves what equals them; a group of keys has at least one.
      if (isGroup(a) || isGroup(b)) return operator === '!=';
      return (yield defaultOperators[operator]?.(a, b, context)) === true;
    };
  const ordered = (operator: string, holds: (order: number) => boolean) =>
    own(operator, (left, right) => {
      const order = orderOf(left, right);
      return order !== undefined && holds(order);
    });
  const operators: Operators = {
    ...defaultOperators,
    '==': own('==', areEqual),
    '!=': own('!=', (left, right) => !areEqual(left, right)),
    '>': ordered('>', (order) => order > 0),
    '<': ordered('<', (order) => order < 0),
    '>=': ordered('>=', (order) => order >= 0),
    '<=': ordered('<=', (order) => order <= 0),
    contains: own('contains', contains),
    not: (operand: unknown) => !isTrue(toValue(operand)),
    and: (left: unknown, right: unknown) => isTrue(toValue(left)) && isTrue(toValue(right)),
    or: (left: unknown, right: unknown) => isTrue(toValue(left)) || isTrue(toValue(right)),
  };

  interface Branch {
    readonly value: InstanceType<typeof Value>;
    readonly templates: Template[];
  }

  /** LiquidJS takes the first of several operands and drops the rest: `a is b`, `a, b`. */
  function refuseLeftovers(branches: readonly Branch[]): void {
    for (const { value } of branches) {
      const found = leftoverOf(value);
      if (found === undefined) continue;
      throw new ParseError(new Error(conditionSlip(found.token)), found.token);
    }
  }

  function* firstOf(
    engine: Liquid,
    branches: readonly Branch[],
    otherwise: Template[] | undefined,
    { context, emitter, inverted }: { context: Context; emitter: Emitter; inverted: boolean },
  ): Step<void> {
    for (const [index, { value, templates }] of branches.entries()) {
      const holds = isTrue(toValue(yield value.value(context, true)));
      if (holds === (inverted && index === 0)) continue;
      yield engine.renderer.renderTemplates(templates, context, emitter);
      return;
    }
    yield engine.renderer.renderTemplates(otherwise ?? [], context, emitter);
  }

  class TypedIfTag extends IfTag {
    constructor(...args: Constructed<typeof IfTag>) {
      super(...args);
      refuseLeftovers(this.branches);
    }
    override *render(context: Context, emitter: Emitter): Generator<unknown, void, string> {
      yield firstOf(this.liquid, this.branches, this.elseTemplates, { context, emitter, inverted: false });
    }
  }

  class TypedUnlessTag extends UnlessTag {
    constructor(...args: Constructed<typeof UnlessTag>) {
      super(...args);
      refuseLeftovers(this.branches);
    }
    override *render(context: Context, emitter: Emitter): Step<void> {
      yield firstOf(this.liquid, this.branches, this.elseTemplates, { context, emitter, inverted: true });
    }
  }

  class TypedCaseTag extends CaseTag {
    constructor(...args: Constructed<typeof CaseTag>) {
      super(...args);
      refuseLeftovers([{ value: this.value, templates: [] }]);
      for (const { values } of this.branches) {
        const found = leftoverOf(values);
        if (found !== undefined) throw new ParseError(new Error(conditionSlip(found.token)), found.token);
      }
    }
    override *render(context: Context, emitter: Emitter): Step<void> {
      const target = yield this.value.value(context, true);
      let isHit = false;
      for (const { values, templates } of this.branches) {
        for (const token of values) {
          const holds = operators['==']?.(target, yield evalToken(token, context, true), context);
          if ((yield holds) !== true) continue;
          isHit = true;
          yield this.liquid.renderer.renderTemplates(templates, context, emitter);
          break;
        }
      }
      if (!isHit) yield this.liquid.renderer.renderTemplates(this.elseTemplates, context, emitter);
    }
  }

  interface Filtering {
    readonly context: Context;
    readonly liquid: Liquid;
  }
  type Test = (this: Filtering, item: unknown) => Step<boolean>;

  /** `where: "tls"`, `where: "port", 8080`. What an item has not is not there. */
  function byProperty(property: unknown, expected: unknown): Test {
    const path = String(toValue(property)).split('.');
    return function* test(item) {
      const value = yield this.context._getFromScope(item, path, false);
      if (expected === undefined) return isTrue(toValue(value));
      return (yield operators['==']?.(value, expected, this.context)) === true;
    };
  }

  /** `where_exp: "server", "server.port > 80"`. */
  function byExpression(name: unknown, expression: unknown): Test {
    let condition: InstanceType<typeof Value> | undefined;
    return function* test(item) {
      condition ??= new Value(String(toValue(expression)), this.liquid);
      this.context.push({ [String(toValue(name))]: item });
      const value = yield condition.value(this.context, true);
      this.context.pop();
      return isTrue(toValue(value));
    };
  }

  function* matches(filtering: Filtering, list: unknown, test: Test): Step<readonly boolean[]> {
    const found: boolean[] = [];
    for (const item of itemsOf(toValue(list))) found.push((yield test.call(filtering, item)) === true);
    return found;
  }

  function filtersFor(testOf: typeof byProperty): Readonly<Record<string, FilterImplOptions>> {
    type Pick = (items: readonly unknown[], found: readonly boolean[]) => unknown;
    const picking = (pick: Pick): FilterImplOptions =>
      function* filter(this: Filtering, list: unknown, first: unknown, second: unknown) {
        const found = (yield matches(this, list, testOf(first, second))) as readonly boolean[];
        return pick(itemsOf(toValue(list)), found);
      };
    return {
      where: picking((items, found) => items.filter((_, index) => found[index])),
      reject: picking((items, found) => items.filter((_, index) => !found[index])),
      find: picking((items, found) => items.find((_, index) => found[index])),
      find_index: picking((_, found) => (found.includes(true) ? found.indexOf(true) : undefined)),
      has: picking((_, found) => found.includes(true)),
    };
  }

  return {
    operators,
    register(engine) {
      engine.registerTag('if', TypedIfTag);
      engine.registerTag('unless', TypedUnlessTag);
      engine.registerTag('case', TypedCaseTag);
      for (const [name, filter] of Object.entries(filtersFor(byProperty)))
        engine.registerFilter(name, filter);
      for (const [name, filter] of Object.entries(filtersFor(byExpression)))
        engine.registerFilter(`${name}_exp`, filter);
    },
  };
}

/** A list with such an item, or a text with such a part. */
function contains(whole: unknown, part: unknown): boolean {
  if (Array.isArray(whole)) return whole.some((item) => areEqual(item, part));
  const isText = typeof part === 'string' || typeof part === 'number';
  return typeof whole === 'string' && isText && whole.includes(String(part));
}

function isGroup(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isComparable(value);
}

function isComparable(value: unknown): value is Comparable {
  return (
    typeof value === 'object' && value !== null && typeof (value as Partial<Comparable>).equals === 'function'
  );
}

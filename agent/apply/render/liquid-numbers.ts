import type * as LiquidModule from 'liquidjs';
import type { Context, Liquid } from 'liquidjs';
import { Inexpressible } from './escapes.ts';
import { itemsOf, numberIn } from './template-truth.ts';

type Handler = (this: unknown, ...values: unknown[]) => unknown;

/** Filters that reckon, order or cut: a text is the number that a typed read takes it for. LiquidJS takes any other text for 0. */
export function registerNumbers(engine: Liquid, liquid: typeof LiquidModule): void {
  const { toValue } = liquid;
  for (const name of RECKONING) {
    const builtin = liquid.filters[name] as Handler;
    engine.registerFilter(name, function filter(this: unknown, ...values: unknown[]) {
      const numbers = values.map((value, index) => (index < 2 ? numeral(toValue(value), name) : value));
      if (DIVIDING.has(name) && numbers[1] === 0) throw new Inexpressible(`\`${name}\` divides by zero`);
      return builtin.call(this, ...numbers);
    });
  }
  for (const name of CUTTING) {
    const builtin = liquid.filters[name] as Handler;
    engine.registerFilter(name, function filter(this: unknown, value: unknown, ...more: unknown[]) {
      return builtin.call(this, value, ...more.map((one) => numberIn(toValue(one)) ?? one));
    });
  }

  function* propertiesOf(
    this: { readonly context: Context },
    list: unknown,
    property: unknown,
  ): Generator<unknown, readonly unknown[], unknown> {
    const items = itemsOf(toValue(list));
    if (property === undefined) return items.map((item) => toValue(item) as unknown);
    const path = String(toValue(property)).split('.');
    const found: unknown[] = [];
    for (const item of items) found.push(toValue(yield this.context._getFromScope(item, path, false)));
    return found;
  }

  engine.registerFilter('sum', function* sum(list: unknown, property?: unknown) {
    const values = (yield propertiesOf.call(this, list, property)) as readonly unknown[];
    return values.reduce((total: number, value) => total + numeral(value, 'sum'), 0);
  });
  const sort = liquid.filters['sort'] as Handler;
  engine.registerFilter('sort', function* sorted(list: unknown, property?: unknown) {
    const values = (yield propertiesOf.call(this, list, property)) as readonly unknown[];
    const numbers = values.flatMap((value) => numberIn(value) ?? []);
    if (numbers.length < values.length) return (yield sort.call(this, list, property)) as unknown;
    const items = itemsOf(toValue(list));
    const order = numbers.map((_, index) => index);
    return order.toSorted((a, b) => (numbers[a] ?? 0) - (numbers[b] ?? 0)).map((index) => items[index]);
  });
}

const RECKONING = [
  'abs',
  'at_least',
  'at_most',
  'ceil',
  'divided_by',
  'floor',
  'minus',
  'modulo',
  'plus',
  'round',
  'times',
];
const CUTTING = ['slice', 'truncate', 'truncatewords'];
const DIVIDING: ReadonlySet<string> = new Set(['divided_by', 'modulo']);

function numeral(value: unknown, filter: string): number {
  const number = numberIn(value);
  if (number === undefined) throw new Inexpressible(`\`${filter}\` is given what is no number`);
  return number;
}

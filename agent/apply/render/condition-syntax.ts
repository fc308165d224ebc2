import type { Token, Value } from 'liquidjs';

/**
 * The first token of a condition that cannot stand where it stands, or what follows it and is none of it. LiquidJS evaluates
 * such a condition all the same: of `a is b` it takes `a`.
 * @param values a whole condition, or the values of one `when`.
 */
export function leftoverOf(values: Value | readonly Token[]): { readonly token: Token } | undefined {
  const isList = Array.isArray(values);
  const tokens = isList ? (values as readonly Token[]) : tokensIn(values as Value);
  const misplaced = isList ? unseparated(tokens) : outOfTurn(tokens);
  const token =
    tokens.find(isUnclosed) ?? misplaced ?? tokens.find((one) => isLast(one, tokens) && hasMore(one));
  return token && { token };
}

/** What to write instead, as far as that can be told from the tag that the token stands in. */
export function conditionSlip(token: Token): string {
  const tag = tagAround(token);
  const slip = SLIPS.find(([pattern]) => pattern.test(tag));
  return `this is no condition${slip === undefined ? '' : `: ${slip[1]}`}`;
}

/** A slip of somebody who thinks in another language, in a tag that decides; undefined for any other tag. */
export function slipIn(token: Token): string | undefined {
  if (!/^\{%-?\s*(?:if|elsif|unless|case|when)\b/.test(tagAround(token))) return undefined;
  const message = conditionSlip(token);
  return message.includes(':') ? message : undefined;
}

const SLIPS: readonly (readonly [RegExp, string])[] = [
  [/&&/, 'write `and` for `&&`'],
  [/\|\|/, 'write `or` for `||`'],
  [/<>/, 'write `!=` for `<>`'],
  [/===/, 'write `==` for `===`'],
  [/![^=]/, 'write `not` for `!`'],
  [/[^=!<>]=[^=]/, 'write `==` for `=`'],
  [/\b(?:eq|is|equals)\b/, 'write `==`'],
  [/\b(?:ne|neq)\b/, 'write `!=`'],
  [/\b(?:gt|ge|gte)\b/, 'write `>` or `>=`'],
  [/\b(?:lt|le|lte)\b/, 'write `<` or `<=`'],
  [/\bin\b/, 'write `list contains item`'],
  [/[()]/, 'there are no parentheses; nest `if`, or `assign` a part'],
  [/,/, 'write `and` or `or` for `,`'],
];

function tokensIn({ initial, filters }: Value): readonly Token[] {
  const ends = filters.flatMap((filter) => (filter as unknown as { readonly token?: Token }).token ?? []);
  return [...initial.postfix.toSorted((a, b) => a.begin - b.begin), ...ends];
}

/** Operands with operators between them; behind them filters. */
function outOfTurn(tokens: readonly Token[]): Token | undefined {
  let isDue = true;
  for (const token of tokens) {
    if (isFilter(token)) continue;
    const operator = operatorOf(token);
    if (operator === 'not' ? !isDue : (operator === undefined) !== isDue) return token;
    isDue = operator !== undefined;
  }
  return isDue ? tokens.findLast((token) => !isFilter(token)) : undefined;
}

function isFilter(token: Token): boolean {
  return 'args' in token;
}

/** Finds a value of `when` that neither a comma nor `or` separates from the one before. */
function unseparated(tokens: readonly Token[]): Token | undefined {
  return tokens.find((token, index) => {
    const next = tokens[index + 1];
    return next !== undefined && !/^\s*(?:,|or\b)\s*$/.test(token.input.slice(token.end, next.begin));
  });
}

function operatorOf(token: Token): string | undefined {
  return 'operator' in token ? String(token.operator) : undefined;
}

function isUnclosed(token: Token): boolean {
  const text = token.getText();
  const [quote = ''] = text;
  return (
    (quote === '"' || quote === "'") && (text.length < 2 || !text.endsWith(quote)) && !('props' in token)
  );
}

function isLast({ end }: Token, tokens: readonly Token[]): boolean {
  return tokens.every((other) => other.end <= end);
}

function hasMore({ input, end }: Token): boolean {
  return !/^(?:[^\S\n]*(?:\n|$)|\s*-?%\})/.test(input.slice(end));
}

/** Without what stands in quotes. */
function tagAround({ input, begin }: Token): string {
  const start = input.lastIndexOf('{%', begin);
  const end = input.indexOf('%}', begin);
  const tag = input.slice(Math.max(start, 0), end === -1 ? undefined : end);
  return tag.replaceAll(/"[^"]*"|'[^']*'/g, '""');
}

import type { TemplateEntry } from '../../plan/plan.ts';
import {
  envLiteral,
  envText,
  Inexpressible,
  insideDouble,
  insideEnvSingle,
  insideShellSingle,
  insideWord,
  insideYamlSingle,
  isPlainScalar,
  jsonLiteral,
  propertiesLiteral,
  shellLiteral,
  yamlLiteral,
} from './escapes.ts';
import type { QuoteScanner } from './quotes.ts';
import { plainValue, textOf } from './template-scope.ts';

/**
 * What `{{ value }}` becomes in a file of this format. Between quotes that the template wrote: what has to be escaped
 * there. Outside of them: a whole literal.
 */
export function escapeFor(format: TemplateEntry['format'], value: unknown, at: QuoteScanner): string {
  switch (format) {
    case 'text':
      return textOf(value);
    case 'properties':
      return propertiesLiteral(textOf(value));
    case 'json':
      return at.standing === 'double' ? within(jsonLiteral(textOf(value))) : bare(value, jsonLiteral);
    case 'yaml':
      if (at.standing === 'double') return within(yamlLiteral(textOf(value)));
      return at.standing === 'single' ? insideYamlSingle(textOf(value)) : bare(value, yamlLiteral);
    case 'env':
      return environment(textOf(value), at);
    case 'shell':
      return shell(textOf(value), at);
    default:
      return format satisfies never;
  }
}

/** A number or truth value keeps its type where the template writes no quotes; lists and groups are written as a whole. */
function bare(value: unknown, literal: (value: unknown) => string): string {
  const plain = plainValue(value);
  return typeof plain === 'string' && isPlainScalar(plain) ? plain : literal(plain);
}

function environment(text: string, at: QuoteScanner): string {
  if (at.standing === 'double') return insideDouble(envText(text));
  if (at.standing === 'single') return insideEnvSingle(text);
  if (at.standing === 'comment') return inComment(text);
  // systemd looks for quotes at the start of a value only; later in it they are text.
  return /^[^=]*=$/.test(at.line) ? envLiteral(text) : insideWord(envText(text));
}

function shell(text: string, at: QuoteScanner): string {
  if (at.standing === 'double') return insideDouble(text);
  if (at.standing === 'single') return insideShellSingle(text);
  if (at.standing === 'unclear')
    throw new Inexpressible('in backquotes and here-documents put it into a variable before, or use `raw`');
  return at.standing === 'comment' ? inComment(text) : shellLiteral(text);
}

/** A comment ends with its line: what came after would be a command. */
function inComment(text: string): string {
  if (/[\n\r\0]/.test(text)) throw new Inexpressible('a line break cannot stand in a comment');
  return text.toWellFormed();
}

function within(literal: string): string {
  return literal.slice(1, -1);
}

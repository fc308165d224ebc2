import type { LiquidError } from 'liquidjs';
import type { Problem } from '#kit/errors.ts';
import { slipIn } from './condition-syntax.ts';
import { Inexpressible } from './escapes.ts';

/** `{% include %}` or `{% render %}` of a file that the layer has not. Its name may be a value: it is not the message. */
export class MissingPartial extends Inexpressible {
  readonly path: string;
  constructor(path: string) {
    super('there is no such template in the folder of this layer');
    this.path = path;
  }
}

interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/**
 * What is wrong with a template, for people who may not read its values. Errors of LiquidJS quote what they could not do
 * something with: a name that was computed, a time zone, a file name. While it parses that is the template's own text;
 * from then on it may be a secret, and only the kind of the error and the template's own text are repeated.
 */
export function problemOf(error: LiquidError | Error, place: Place): Problem {
  return { code: 'LF_TEMPLATE', message: messageOf(error), ...place };
}

function messageOf(error: LiquidError | Error): string {
  if (!('token' in error)) return kindOf(error);
  const { originalError, token, name } = error;
  if (PARSING.has(name))
    return slipIn(token) ?? (originalError?.message ?? error.message).split(', file:')[0] ?? '';
  const written = token.getText();
  if (name === 'UndefinedVariableError')
    return `there is no key '${keyIn(written, originalError)}'; give it a value, or a default with \`| default: "..."\``;
  if (originalError instanceof MissingPartial && isQuotedIn(written, originalError.path))
    return `there is no template '${originalError.path}' in the folder of this layer`;
  return kindOf(originalError ?? error);
}

const PARSING: ReadonlySet<string> = new Set(['ParseError', 'TokenizationError', 'LiquidErrors']);

/** As far as it led nowhere, where the template names it letter by letter; else the whole of what is written. */
function keyIn(written: string, original: object | undefined): string {
  const name = original && 'variableName' in original ? String(original.variableName) : written;
  return isPlainPath(written) ? name : written;
}

/** Names, and between brackets numbers and quoted names: nothing that had to be looked up. */
function isPlainPath(written: string): boolean {
  return /^[\w-]*(?:\.[\w-]+\??|\[\s*(?:-?\d+|"[^"]*"|'[^']*')\s*\])*\??$/.test(written.trim());
}

function isQuotedIn(written: string, path: string): boolean {
  return written.includes(`"${path}"`) || written.includes(`'${path}'`);
}

/** The messages of LiquidJS that are ours to repeat: none of them can hold a value. */
const HARMLESS = /^(?:undefined filter: [\w-]+|template render limit exceeded|memory alloc limit exceeded)$/;

function kindOf(error: Error): string {
  if (error instanceof Inexpressible || HARMLESS.test(error.message)) return error.message;
  return `it cannot be rendered: a tag or filter does not take what it is given (${error.name})`;
}

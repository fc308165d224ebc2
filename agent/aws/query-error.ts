import { childOf, readXml, textIn } from './xml.ts';

/** What an error document of the query protocol says. */
export interface QueryError {
  readonly code: string;
  readonly message: string | undefined;
}

/** `<ErrorResponse><Error>` as most services write it, `<Response><Errors><Error>` as EC2 does; undefined when it is neither. */
export function readQueryError(text: string): QueryError | undefined {
  const root = readXml(text, ['ErrorResponse', 'Response']);
  if (typeof root === 'string') return undefined;
  const error = childOf(root, 'Error') ?? childOf(childOf(root, 'Errors'), 'Error');
  const code = textIn(error, 'Code');
  return code ? { code, message: textIn(error, 'Message') } : undefined;
}

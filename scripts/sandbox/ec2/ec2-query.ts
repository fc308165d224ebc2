import { nextRequestId } from '../wire/exchange.ts';
import type { Answer, Dialect, SandboxRequest } from '../wire/exchange.ts';
import { element, textElement, xmlDocument } from '../wire/xml.ts';

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';

/** One operation of EC2, in the region the request is signed for. */
export type Ec2Action = (asked: URLSearchParams, region: string) => Answer;

export interface Filter {
  readonly name: string;
  readonly values: readonly RegExp[];
}

export function parameters(request: SandboxRequest): URLSearchParams {
  return request.body.length > 0 ? new URLSearchParams(request.body.toString()) : request.query;
}

/** `Filter.N.Name` and `Filter.N.Value.M`: all filters hold, any value of one is enough, `*` and `?` are wildcards. */
export function readFilters(asked: URLSearchParams): readonly Filter[] {
  const filters: Filter[] = [];
  for (const [field, name] of asked) {
    const at = /^Filter\.(\d+)\.Name$/.exec(field)?.[1];
    if (at === undefined) continue;
    const values = [...asked]
      .filter(([other]) => other.startsWith(`Filter.${at}.Value.`))
      .map(([, value]) => wildcard(value));
    filters.push({ name, values });
  }
  return filters;
}

/** A backslash takes the meaning from `*`, `?` and itself. */
function wildcard(value: string): RegExp {
  const pattern = value.replaceAll(/\\[\\*?]|[\\^$.|+()[\]{}*?]/g, (found) => {
    if (found.length === 2) return `\\${found[1]}`;
    return found === '*' ? '.*' : found === '?' ? '.' : `\\${found}`;
  });
  return new RegExp(`^${pattern}$`, 's');
}

/** All filters hold; a thing may have several values for one name. Undefined: a filter that EC2 does not have for it. */
export function filtered<T>(
  things: readonly T[],
  asked: URLSearchParams,
  valuesOf: (thing: T, name: string) => readonly string[] | undefined,
): readonly T[] | undefined {
  const filters = readFilters(asked);
  const holds = (thing: T): boolean | undefined => {
    const verdicts = filters.map(({ name, values }) =>
      valuesOf(thing, name)?.some((value) => values.some((wanted) => wanted.test(value))),
    );
    return verdicts.includes(undefined) ? undefined : !verdicts.includes(false);
  };
  const verdicts = things.map(holds);
  return verdicts.includes(undefined) ? undefined : things.filter((_, at) => verdicts[at]);
}

export function tagSet(tags: ReadonlyMap<string, string>): string {
  const items = [...tags].map(([key, value]) =>
    element('item', textElement('key', key), textElement('value', value)),
  );
  return element('tagSet', ...items);
}

export function ec2Answer(action: string, ...children: readonly string[]): Answer {
  const body = [textElement('requestId', nextRequestId()), ...children];
  return xml(200, xmlDocument(`${action}Response`, NAMESPACE, ...body));
}

export const ec2Dialect: Dialect = {
  error: ec2Error,
  throttle: { status: 503, code: 'RequestLimitExceeded' },
};

export function ec2Error(status: number, code: string, message: string): Answer {
  const error = element(
    'Errors',
    element('Error', textElement('Code', code), textElement('Message', message)),
  );
  return xml(status, xmlDocument('Response', undefined, error, textElement('RequestID', nextRequestId())));
}

function xml(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/xml;charset=UTF-8' }, body };
}

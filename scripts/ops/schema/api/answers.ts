import { ref, TEXT, type JsonSchema } from './shape.ts';

/** What one status of an operation comes with. */
interface Answer {
  readonly description: string;
  readonly headers: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

interface Referred {
  readonly $ref: string;
}

export type Answers = Readonly<Record<string, Answer | Referred>>;

/** Header fields by name; `content-type` and `content-length` OpenAPI leaves to the content. */
export const HEADERS = {
  'Cache-Control': header('always: values may be secret, and change', { const: 'no-store' }),
  'X-Content-Type-Options': header('always', { const: 'nosniff' }),
  ETag: header('of what would be answered now; a key has one of its own', {
    type: 'string',
    pattern: '^W/"[0-9a-f]+"$',
  }),
  'X-Landfall-Generation': header('the number of the generation that this is read from', {
    type: 'string',
    pattern: String.raw`^\d+$`,
  }),
  Vary: header('`Accept`', { const: 'Accept' }),
  'Retry-After': header('seconds', { type: 'string', pattern: String.raw`^\d+$` }),
  'WWW-Authenticate': header('RFC 6750', { type: 'string', pattern: '^Bearer realm="landfall"' }),
  'Content-Security-Policy': header('what a browser may do with the page', TEXT),
  'X-Frame-Options': header('for browsers that do not know `frame-ancestors`', { const: 'DENY' }),
  'Referrer-Policy': header('as it says', { const: 'no-referrer' }),
  'Cross-Origin-Opener-Policy': header('as it says', { const: 'same-origin' }),
  'Cross-Origin-Resource-Policy': header('as it says', { const: 'same-origin' }),
} as const;

type Header = keyof typeof HEADERS;

function header(description: string, schema: JsonSchema) {
  return { description, required: true, schema };
}

function named(headers: readonly Header[]): Answer['headers'] {
  const all: readonly Header[] = ['Cache-Control', 'X-Content-Type-Options', ...headers];
  return Object.fromEntries(all.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

export function answer(
  description: string,
  content: Readonly<Record<string, JsonSchema>>,
  headers: readonly Header[] = [],
): Answer {
  const types = Object.entries(content).map(([type, schema]) => [type, { schema }]);
  return { description, headers: named(headers), content: Object.fromEntries(types) };
}

export function json(
  description: string,
  schema: string,
  headers?: readonly Header[],
  type = 'application/json',
): Answer {
  return answer(description, { [type]: ref(schema) }, headers);
}

export function problem(description: string, headers?: readonly Header[]): Answer {
  return json(description, 'Problem', headers, 'application/problem+json');
}

/** Answers of many operations, by name. */
export const RESPONSES = {
  NotModified: {
    description: 'nothing changed, within `wait` where it was given',
    headers: named(['ETag', 'X-Landfall-Generation']),
  },
  Invalid: problem('not a valid request (`LF_REQUEST_INVALID`)'),
  Unauthorized: problem('no token, or not the one that may write (`LF_UNAUTHORIZED`)', ['WWW-Authenticate']),
  Refused: problem(
    'no request of a program of this host (`LF_REQUEST_REFUSED`): proxies, foreign hosts and origins',
  ),
  NoSuchKey: problem('no layer sets it (`LF_NO_SUCH_KEY`): with the keys that were probably meant', [
    'X-Landfall-Generation',
  ]),
  TooLarge: problem('the body has more than 64 KiB (`LF_REQUEST_REFUSED`)'),
  Unacceptable: problem('it gives no acceptable configuration, such as `LF_REGION_FOREIGN`'),
  Unexpected: problem('a defect of the agent (`LF_UNEXPECTED`)'),
  BehindRefuses: problem('what stands behind refuses, such as `LF_SOURCE_DENIED`'),
  BehindIsSilent: {
    ...problem('what stands behind does not answer now, such as `LF_SOURCE_THROTTLED`'),
    headers: { ...named([]), 'Retry-After': { ...HEADERS['Retry-After'], required: false } },
  },
  NotReady: problem('nothing is active yet (`LF_NOT_READY`), or too many wait (`LF_BUSY`)', ['Retry-After']),
} as const satisfies Readonly<Record<string, Answer>>;

export function common(name: keyof typeof RESPONSES): Referred {
  return { $ref: `#/components/responses/${name}` };
}

/** Of every operation. */
export const ALWAYS: Answers = {
  400: common('Invalid'),
  403: common('Refused'),
  413: common('TooLarge'),
  500: common('Unexpected'),
};

/** Of every operation that changes something. */
export const ORDERS: Answers = {
  401: common('Unauthorized'),
  422: common('Unacceptable'),
  502: common('BehindRefuses'),
  503: common('BehindIsSilent'),
};

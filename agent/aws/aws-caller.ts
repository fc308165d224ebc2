import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FaultCode } from '#kit/errors.ts';
import { readJsonAnswer, readQueryAnswer, readRestAnswer } from './aws-answer.ts';
import type {
  AwsCalls,
  CallOptions,
  CallResult,
  JsonService,
  QueryService,
  RestCalls,
  RestResult,
  RestService,
} from './aws-calls.ts';
import type { Endpoints } from './endpoint.ts';
import type { FailureReason, HttpAnswer } from './http.ts';
import type { SignedSender } from './signed-sender.ts';
import { renderQuery } from './signer.ts';

export interface AwsCallerParts {
  readonly endpoints: Endpoints;
  readonly sender: SignedSender;
}

/** What any of the protocols makes of an answer. */
type Answered = Extract<CallResult | RestResult, { kind: 'ok' | 'refused' }> | { readonly kind: 'foreign' };

interface Target {
  readonly service: JsonService | QueryService | RestService;
  readonly action: string;
}

interface Call<
  Read extends Answered = Extract<CallResult, { kind: 'ok' | 'refused' }> | { readonly kind: 'foreign' },
> extends Target {
  readonly method: 'GET' | 'POST';
  /** Below that of the endpoint. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly read: (answer: HttpAnswer) => Read;
}

const MAX_ANSWER_BYTES = 1024 * 1024;

/** Below this the header of gzip and the time cost more than they save. */
const MIN_GZIP_BYTES = 1024;

/** The awsJson version of each service (its Smithy model). */
const JSON_VERSIONS: Readonly<Record<JsonService, string>> = {
  logs: '1.1',
  cloudwatch: '1.0',
  ssm: '1.1',
  secretsmanager: '1.1',
  dynamodb: '1.0',
};

/** The one version of the API that each service of the query protocol has. */
const QUERY_VERSIONS: Readonly<Record<QueryService, string>> = {
  ec2: '2016-11-15',
  autoscaling: '2011-01-01',
  cloudformation: '2010-05-15',
  cloudwatch: '2010-08-01',
};

const deflate = promisify(gzip);

/** The JSON, query and REST protocols over one sender: what each of them writes, and how it says no. */
export function createAwsCaller(parts: AwsCallerParts): AwsCalls & RestCalls {
  const gzipUnsupported = new Set<Call['service']>();

  const perform = async (call: Call, options: CallOptions): Promise<CallResult> => {
    const zipped = options.gzip && !gzipUnsupported.has(call.service) ? await compress(call) : undefined;
    if (!zipped) return send(parts, call, options);
    const first = await send(parts, zipped, options);
    if (!rejectedForEncoding(first)) return first;
    // moto 5.2.1 unpacks JSON twice and answers 500. AWS itself never gets here.
    const second = await send(parts, call, options);
    if (second.kind === 'ok') gzipUnsupported.add(call.service);
    return second;
  };

  return {
    json: (service, target, body, options) => {
      const headers = {
        'content-type': `application/x-amz-json-${JSON_VERSIONS[service]}`,
        'x-amz-target': target,
      };
      const action = target.slice(target.indexOf('.') + 1);
      const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
      return perform({ ...POST, service, action, headers, body: bytes, read: readJsonAnswer }, options);
    },
    query: (service, action, params, options) => {
      const form = renderQuery({ ...params, Action: action, Version: QUERY_VERSIONS[service] });
      const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
      const read = (answer: HttpAnswer) => readQueryAnswer(answer, action);
      return perform({ ...POST, service, action, headers, body: Buffer.from(form), read }, options);
    },
    rest: (service, { name, method, path, query = {}, body }, options) => {
      const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      const headers: Record<string, string> = bytes ? { 'content-type': 'application/json' } : {};
      const call = { service, action: name, method, path, query, headers, body: bytes, read: readRestAnswer };
      return send(parts, call, options);
    },
  };
}

/** Request line of the JSON and query protocols, which send every action to one address. */
const POST = { method: 'POST', path: '', query: {} } as const;

async function send<Read extends Answered>(
  { endpoints, sender }: AwsCallerParts,
  call: Call<Read>,
  { signal, maxBytes = MAX_ANSWER_BYTES, repeatable = false }: CallOptions,
): Promise<Exclude<Read, { kind: 'foreign' }> | Extract<CallResult, { kind: 'failed' | 'unsent' }>> {
  const { service, method, query, body } = call;
  const { url } = endpoints[service];
  const path = call.path === '' ? url.pathname : `${url.pathname.replace(/\/$/, '')}${call.path}`;
  const { headers } = call;
  const request = { service, method, origin: url, path, query, headers, ...(body && { body }) };
  const sent = await sender.send({ ...request, maxBytes, repeatable, signal });
  if (sent.kind === 'unsigned')
    return { kind: 'unsent', final: sent.held.kind === 'fail', fault: sent.held.fault };
  if (sent.kind === 'forbidden') return { kind: 'unsent', final: true, fault: sent.fault };
  if (sent.kind === 'failure') return failed(call, FAILURES[sent.reason], sent.detail);
  const said = call.read(sent);
  if (said.kind === 'foreign') {
    const { status } = sent;
    return {
      ...failed(call, 'LF_AWS_MALFORMED', `the answer is none of ${service} (HTTP ${status})`),
      status,
    };
  }
  if (said.kind === 'refused') sender.onRefused(said.class, sent);
  return said as Exclude<Read, { kind: 'foreign' }>;
}

async function compress(call: Call): Promise<Call | undefined> {
  if (!call.body || call.body.length < MIN_GZIP_BYTES) return undefined;
  const body = await deflate(call.body);
  if (body.length >= call.body.length) return undefined;
  return { ...call, headers: { ...call.headers, 'content-encoding': 'gzip' }, body };
}

/** Our JSON is well-formed, so a body that cannot be read was not unpacked. */
function rejectedForEncoding(result: CallResult): boolean {
  if (result.kind === 'failed') return result.fault.code === 'LF_AWS_MALFORMED';
  return result.kind === 'refused' && (result.code === 'SerializationException' || result.status === 415);
}

const FAILURES: Readonly<Record<FailureReason, keyof typeof HINTS>> = {
  aborted: 'LF_AWS_UNREACHABLE',
  dns: 'LF_AWS_UNREACHABLE',
  malformed: 'LF_AWS_MALFORMED',
  public: 'LF_AWS_UNREACHABLE',
  refused: 'LF_AWS_UNREACHABLE',
  reset: 'LF_AWS_UNREACHABLE',
  timeout: 'LF_AWS_UNREACHABLE',
  tls: 'LF_AWS_UNREACHABLE',
  'too-large': 'LF_AWS_MALFORMED',
  truncated: 'LF_AWS_UNREACHABLE',
  unreachable: 'LF_AWS_UNREACHABLE',
};

const HINTS = {
  LF_AWS_UNREACHABLE:
    'The agent tries again by itself; if it lasts, check routes, VPC endpoints, security groups, HTTPS_PROXY and AWS_CA_BUNDLE.',
  LF_AWS_MALFORMED:
    'Look for a proxy or captive portal between this instance and AWS, and at AWS_ENDPOINT_URL*.',
} as const satisfies Partial<Record<FaultCode, string>>;

function failed(
  { service, action }: Target,
  code: keyof typeof HINTS,
  cause: string,
): Extract<CallResult, { kind: 'failed' }> {
  return {
    kind: 'failed',
    fault: { code, operation: 'call', subject: `${service} ${action}`, cause, hint: HINTS[code] },
  };
}

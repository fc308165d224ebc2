import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Clock } from '#kit/clock.ts';
import type { FaultCode } from '#kit/errors.ts';
import { readJsonAnswer, readQueryAnswer, type ReadAnswer } from './aws-answer.ts';
import type { AwsCalls, CallOptions, CallResult, JsonService, QueryService } from './aws-calls.ts';
import type { CredentialSource } from './credentials.ts';
import type { Endpoints } from './endpoint.ts';
import type { FailureReason, HttpAnswer } from './http.ts';
import type { Pin } from './pin.ts';
import { renderQuery, signRequest } from './signer.ts';
import { createSigningClock, type SigningClock } from './signing-clock.ts';
import type { Transport } from './transport.ts';

export interface AwsCallerParts {
  readonly pin: Pin;
  readonly endpoints: Endpoints;
  readonly credentials: CredentialSource;
  readonly transport: Transport;
  readonly clock: Clock;
}

type Sender = Omit<AwsCallerParts, 'clock'> & { readonly signing: SigningClock };

interface Call {
  readonly service: JsonService | QueryService;
  readonly action: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly read: (answer: HttpAnswer) => ReadAnswer;
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
};

/** The one version of the API that each service of the query protocol has. */
const QUERY_VERSIONS: Readonly<Record<QueryService, string>> = {
  ec2: '2016-11-15',
  autoscaling: '2011-01-01',
  cloudformation: '2010-05-15',
  cloudwatch: '2010-08-01',
};

const deflate = promisify(gzip);

/** Every call is signed, guarded by the transport, and made once: whether to try again is the caller's to decide. */
export function createAwsCaller(parts: AwsCallerParts): AwsCalls {
  const deafToGzip = new Set<Call['service']>();
  const sender = { ...parts, signing: createSigningClock(parts.clock) };

  const perform = async (call: Call, options: CallOptions): Promise<CallResult> => {
    const zipped = options.gzip && !deafToGzip.has(call.service) ? await compress(call) : undefined;
    if (!zipped) return send(sender, call, options);
    const first = await send(sender, zipped, options);
    if (!chokedOn(first)) return first;
    // moto 5.2.1 unpacks JSON twice and answers 500. AWS itself never gets here.
    const second = await send(sender, call, options);
    if (second.kind === 'ok') deafToGzip.add(call.service);
    return second;
  };

  return {
    json: (service, target, body, options) => {
      const headers = {
        'content-type': `application/x-amz-json-${JSON_VERSIONS[service]}`,
        'x-amz-target': target,
      };
      const action = target.slice(target.indexOf('.') + 1);
      const bytes = Buffer.from(JSON.stringify(body));
      return perform({ service, action, headers, body: bytes, read: readJsonAnswer }, options);
    },
    query: (service, action, params, options) => {
      const form = renderQuery({ ...params, Action: action, Version: QUERY_VERSIONS[service] });
      const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
      const read = (answer: HttpAnswer) => readQueryAnswer(answer, action);
      return perform({ service, action, headers, body: Buffer.from(form), read }, options);
    },
  };
}

async function send(
  { pin, endpoints, credentials, transport, signing }: Sender,
  call: Call,
  { signal, maxBytes = MAX_ANSWER_BYTES, repeatable = false }: CallOptions,
): Promise<CallResult> {
  const { service, body } = call;
  const held = await credentials.get(signal);
  if (held.kind !== 'ok') return { kind: 'unsent', final: held.kind === 'fail', fault: held.fault };
  const { url } = endpoints[service];
  const unsigned = {
    method: 'POST',
    host: url.host,
    path: url.pathname,
    query: {},
    headers: call.headers,
    body,
  } as const;
  const headers = await signRequest(service, unsigned, held.value, pin.region, new Date(signing.now()));
  const sent = await transport.send({
    method: 'POST',
    repeatable,
    origin: url,
    path: url.pathname,
    headers,
    body,
    maxBytes,
    signal,
  });
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
  if (said.kind === 'refused' && said.class === 'credentials') {
    credentials.invalidate();
    signing.hearRefusal(sent.headers['date']);
  }
  if (said.kind === 'refused' && said.class === 'denied') credentials.doubt();
  return said;
}

async function compress(call: Call): Promise<Call | undefined> {
  if (call.body.length < MIN_GZIP_BYTES) return undefined;
  const body = await deflate(call.body);
  if (body.length >= call.body.length) return undefined;
  return { ...call, headers: { ...call.headers, 'content-encoding': 'gzip' }, body };
}

/** Our JSON is well-formed, so a body that cannot be read was not unpacked. */
function chokedOn(result: CallResult): boolean {
  if (result.kind === 'failed') return result.fault.code === 'LF_AWS_MALFORMED';
  return result.kind === 'refused' && (result.code === 'SerializationException' || result.status === 415);
}

const FAILURES: Readonly<Record<FailureReason, keyof typeof HINTS>> = {
  aborted: 'LF_AWS_UNREACHABLE',
  dns: 'LF_AWS_UNREACHABLE',
  malformed: 'LF_AWS_MALFORMED',
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
  { service, action }: Call,
  code: keyof typeof HINTS,
  cause: string,
): Extract<CallResult, { kind: 'failed' }> {
  return {
    kind: 'failed',
    fault: { code, operation: 'call', subject: `${service} ${action}`, cause, hint: HINTS[code] },
  };
}

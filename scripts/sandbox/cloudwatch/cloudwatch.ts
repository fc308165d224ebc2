import {
  callerError,
  jsonAnswer,
  jsonDialect,
  jsonObject,
  plainBody,
  targetOperation,
} from '../wire/aws-json.ts';
import {
  nextRequestId,
  type Answer,
  type Dialect,
  type SandboxRequest,
  type Service,
} from '../wire/exchange.ts';
import { element, textElement, xmlDocument } from '../wire/xml.ts';
import type { AlarmShelf } from './alarms.ts';
import { readDatum, type StoredDatum } from './datum.ts';

const NAMESPACE = 'http://monitoring.amazonaws.com/doc/2010-08-01/';
const MOST_BYTES = 1024 * 1024;
const MOST_METRICS = 1000;
/** Trimmed to this when there are twice as many. */
const MOST_STORED = 100_000;

/** What PutMetricData accepted, oldest first, bounded. */
export class MetricStore {
  #data: StoredDatum[] = [];

  get data(): readonly StoredDatum[] {
    return this.#data;
  }

  add(data: readonly StoredDatum[]): void {
    for (const datum of data) this.#data.push(datum);
    if (this.#data.length > 2 * MOST_STORED) this.#data = this.#data.slice(-MOST_STORED);
  }
}

/**
 * CloudWatch: PutMetricData in awsJson 1.0, as the current SDKs send it, and in the query protocol of the older ones; alarms in the
 * latter.
 */
export function cloudwatchService(store: MetricStore, alarms: AlarmShelf, now: () => number): Service {
  return {
    name: 'monitoring',
    dialect: dialectOf,
    describe: (request) => ({ operation: operationOf(request), path: request.path }),
    answer(request) {
      const refused = callerError(request);
      if (refused) return dialectOf(request).error(400, refused.code, refused.message);
      const operation = operationOf(request);
      const ofAlarms = isQuery(request) ? alarms.operations.get(operation) : undefined;
      if (operation !== 'PutMetricData' && ofAlarms === undefined)
        return failed(request, 'InvalidAction', `The sandbox does not implement ${operation}.`);
      const body = plainBody(request);
      if (!body)
        return failed(request, 'SerializationException', 'The body is not what its content-encoding says.');
      if (body.length > MOST_BYTES)
        return failed(request, 'RequestEntityTooLarge', 'The request exceeds 1 MB.', 413);
      const asked = isQuery(request) ? queryObject(new URLSearchParams(body.toString())) : jsonObject(body);
      if (!asked) return failed(request, 'SerializationException', 'The body is not a JSON object.');
      if (ofAlarms) {
        const reply = ofAlarms(asked, request.caller.region ?? '');
        if (reply.kind === 'error') return failed(request, reply.code, reply.message, reply.status);
        const metadata = element('ResponseMetadata', textElement('RequestId', nextRequestId()));
        const result = element(`${operation}Result`, reply.result);
        return xml(200, xmlDocument(`${operation}Response`, NAMESPACE, result, metadata));
      }
      return putMetricData(request, asked);
    },
  };

  function putMetricData(request: SandboxRequest, asked: Readonly<Record<string, unknown>>): Answer {
    const namespace = asked['Namespace'];
    if (typeof namespace !== 'string' || !/^[^:]{1,255}$/.test(namespace) || namespace.startsWith('AWS/')) {
      return failed(request, 'InvalidParameterValue', 'The value for parameter Namespace is invalid.');
    }
    const groups = [asked, ...asArray(asked['EntityMetricData'])] as readonly {
      readonly MetricData?: unknown;
    }[];
    const raw = groups.flatMap((group) => asArray(group.MetricData));
    if (raw.length === 0) return failed(request, 'MissingParameter', 'The parameter MetricData is required.');
    if (raw.length > MOST_METRICS)
      return failed(request, 'InvalidParameterValue', `At most ${MOST_METRICS} metrics are allowed.`);
    const context = { region: request.caller.region ?? '', namespace, now: now() };
    const accepted: StoredDatum[] = [];
    for (const [at, one] of raw.entries()) {
      const datum = readDatum(one, context);
      if ('problem' in datum)
        return failed(request, 'InvalidParameterValue', `MetricData.member.${at + 1}: ${datum.problem}.`);
      accepted.push(datum);
    }
    store.add(accepted);
    if (!isQuery(request)) return jsonAnswer('1.0', 200, {});
    const metadata = element('ResponseMetadata', textElement('RequestId', nextRequestId()));
    return xml(200, xmlDocument('PutMetricDataResponse', NAMESPACE, metadata));
  }
}

function isQuery(request: SandboxRequest): boolean {
  return targetOperation(request) === undefined;
}

function operationOf(request: SandboxRequest): string {
  return (
    targetOperation(request) ?? new URLSearchParams(plainBody(request)?.toString()).get('Action') ?? 'Unknown'
  );
}

function dialectOf(request: SandboxRequest): Dialect {
  return isQuery(request) ? queryDialect : jsonDialect('1.0');
}

/** CloudWatch came from the query protocol: its awsJson keeps the old codes in a header, which the SDKs prefer. */
function failed(request: SandboxRequest, code: string, message: string, status = 400): Answer {
  if (isQuery(request)) return queryDialect.error(status, code, message);
  const answer = jsonDialect('1.0').error(
    status,
    `${code}Exception`.replace(/ExceptionException$/, 'Exception'),
    message,
  );
  return { ...answer, headers: { ...answer.headers, 'x-amzn-query-error': `${code};Sender` } };
}

const queryDialect: Dialect = {
  throttle: { status: 400, code: 'Throttling' },
  error(status, code, message) {
    const error = element(
      'Error',
      textElement('Type', 'Sender'),
      textElement('Code', code),
      textElement('Message', message),
    );
    return xml(
      status,
      xmlDocument('ErrorResponse', NAMESPACE, error, textElement('RequestId', nextRequestId())),
    );
  },
};

function xml(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Deeper than any real request, and the bound of the walk. */
const MOST_DEPTH = 8;

/**
 * The query protocol as the object it stands for: `MetricData.member.1.MetricName=x` becomes `{ MetricData: [{ MetricName: 'x' }] }`.
 * All leaves are strings.
 */
function queryObject(fields: URLSearchParams): Readonly<Record<string, unknown>> {
  const root = new Map<string, Node>();
  for (const [field, value] of fields) {
    const path = field.split('.');
    if (path.length <= MOST_DEPTH) place(root, path, value);
  }
  return toObject(root);
}

type Node = string | Map<string, Node>;

function place(root: Map<string, Node>, path: readonly string[], value: string): void {
  let node = root;
  for (const name of path.slice(0, -1)) {
    const child = node.get(name);
    const next = child instanceof Map ? child : new Map<string, Node>();
    if (next !== child) node.set(name, next);
    node = next;
  }
  node.set(path.at(-1) ?? '', value);
}

function toObject(node: ReadonlyMap<string, Node>): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...node].map(([name, child]) => [name, toValue(child)]));
}

function toValue(node: Node): unknown {
  if (typeof node === 'string') return node;
  const members = node.get('member');
  if (!(members instanceof Map)) return toObject(node);
  return [...members].toSorted(([a], [b]) => Number(a) - Number(b)).map(([, child]) => toValue(child));
}

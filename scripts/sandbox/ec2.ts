import { nextRequestId } from './exchange.ts';
import type { Answer, Dialect, SandboxRequest, Service } from './exchange.ts';
import { element, textElement, xmlDocument } from './xml.ts';

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';

/** What EC2 knows of an instance here: where it is and its tags, whether IMDS shows them or not. */
export interface TaggedInstance {
  readonly instanceId: string;
  readonly region: string;
  readonly tags: ReadonlyMap<string, string>;
}

interface TagRow {
  readonly id: string;
  readonly key: string;
  readonly value: string;
}

interface Filter {
  readonly name: string;
  readonly values: readonly RegExp[];
}

/** EC2, query protocol: DescribeTags. */
export function ec2Service(instances: () => Iterable<TaggedInstance>): Service {
  return {
    name: 'ec2',
    dialect: () => ec2Dialect,
    describe: (request) => ({
      operation: parameters(request).get('Action') ?? 'Unknown',
      path: request.path,
    }),
    answer(request) {
      const { standing, region } = request.caller;
      if (standing === 'expired') return ec2Error(400, 'RequestExpired', 'Request has expired.');
      if (standing !== 'signed')
        return ec2Error(401, 'AuthFailure', 'AWS was not able to validate the provided access credentials');
      const asked = parameters(request);
      const action = asked.get('Action') ?? '';
      if (action !== 'DescribeTags')
        return ec2Error(400, 'InvalidAction', `The action ${action} is not valid for this web service.`);
      const own = [...instances()].filter((instance) => instance.region === region);
      return describeTags(own, asked);
    },
  };
}

function describeTags(instances: readonly TaggedInstance[], asked: URLSearchParams): Answer {
  const filters = readFilters(asked);
  const unknown = filters.find(({ name }) => !isTagFilter(name));
  if (unknown) return ec2Error(400, 'InvalidParameterValue', `The filter '${unknown.name}' is invalid`);
  const most = asked.get('MaxResults');
  if (most !== null && !(Number(most) >= 5 && Number(most) <= 1000)) {
    return ec2Error(400, 'InvalidParameterValue', `Value ( ${most} ) for parameter maxResults is invalid.`);
  }
  const from = readToken(asked.get('NextToken'));
  if (from === undefined) return ec2Error(400, 'InvalidParameterValue', 'Unable to parse pagination token');
  const rows = instances
    .flatMap(({ instanceId, tags }) =>
      [...tags].map(([key, value]): TagRow => ({ id: instanceId, key, value })),
    )
    .filter((row) => filters.every((filter) => passes(filter, row)));
  const end = Math.min(from + Number(most ?? 1000), rows.length);
  const items = rows
    .slice(from, end)
    .map(({ id, key, value }) =>
      element(
        'item',
        textElement('resourceId', id),
        textElement('resourceType', 'instance'),
        textElement('key', key),
        textElement('value', value),
      ),
    );
  const next =
    end < rows.length ? textElement('nextToken', Buffer.from(`from:${end}`).toString('base64url')) : '';
  const body = [textElement('requestId', nextRequestId()), element('tagSet', ...items), next];
  return xml(200, xmlDocument('DescribeTagsResponse', NAMESPACE, ...body));
}

function parameters(request: SandboxRequest): URLSearchParams {
  return request.body.length > 0 ? new URLSearchParams(request.body.toString()) : request.query;
}

/** `Filter.N.Name` and `Filter.N.Value.M`: all filters hold, any value of one is enough, `*` and `?` are wildcards. */
function readFilters(asked: URLSearchParams): readonly Filter[] {
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

function wildcard(value: string): RegExp {
  const literal = value.replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}

function isTagFilter(name: string): boolean {
  return name.startsWith('tag:') || ['resource-id', 'resource-type', 'key', 'value'].includes(name);
}

function passes({ name, values }: Filter, { id, key, value }: TagRow): boolean {
  if (name.startsWith('tag:'))
    return name.slice('tag:'.length) === key && values.some((wanted) => wanted.test(value));
  const facts: Readonly<Record<string, string>> = {
    'resource-id': id,
    'resource-type': 'instance',
    key,
    value,
  };
  return values.some((wanted) => wanted.test(facts[name] ?? ''));
}

function readToken(token: string | null): number | undefined {
  if (token === null) return 0;
  const from = /^from:(\d+)$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  return from === undefined ? undefined : Number(from);
}

const ec2Dialect: Dialect = { error: ec2Error, throttle: { status: 503, code: 'RequestLimitExceeded' } };

function ec2Error(status: number, code: string, message: string): Answer {
  const error = element(
    'Errors',
    element('Error', textElement('Code', code), textElement('Message', message)),
  );
  return xml(status, xmlDocument('Response', undefined, error, textElement('RequestID', nextRequestId())));
}

function xml(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/xml;charset=UTF-8' }, body };
}

import {
  ec2Answer,
  ec2Dialect,
  ec2Error,
  parameters,
  readFilters,
  type Ec2Action,
  type Filter,
} from './ec2-query.ts';
import type { Answer, Service } from '../wire/exchange.ts';
import { element, textElement } from '../wire/xml.ts';

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

/** EC2, query protocol: DescribeTags, and what `actions` add by their AWS names. */
export function ec2Service(
  instances: () => Iterable<TaggedInstance>,
  actions: Readonly<Record<string, Ec2Action>> = {},
): Service {
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
      const added = Object.hasOwn(actions, action) ? actions[action] : undefined;
      if (added) return added(asked, region ?? '');
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
  return ec2Answer('DescribeTags', element('tagSet', ...items), next);
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

import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { isRecord } from '#kit/is-record.ts';
import { jsonOf } from '#kit/json-text.ts';

/** One request as IAM sees it: what is asked of which resources, with what is known of them. All have to be allowed. */
export interface IamCall {
  readonly service: string;
  readonly region: string;
  /** `s3:GetObject`. */
  readonly action: string;
  readonly on: readonly {
    readonly resource: string;
    readonly context: Readonly<Record<string, string | undefined>>;
  }[];
}

export const ACCOUNT = '123456789012';

/** Tags of an address or a volume, by its id. */
export type TagsOf = (id: string) => Readonly<Record<string, string>>;

/**
 * Resources and condition keys by the "Service Authorization Reference"; those of log groups as refusals of AWS name them.
 * Undefined for what is not signed.
 */
export function iamCallOf(request: IncomingMessage, body: Buffer, tagsOf: TagsOf): IamCall | undefined {
  const scope = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(request.headers.authorization ?? '');
  if (scope === null) return undefined;
  const [, region = '', service = ''] = scope;
  const call = (
    action: string,
    resources: readonly string[],
    more: Record<string, string> = {},
  ): IamCall => ({
    service,
    region,
    action: `${service === 'monitoring' ? 'cloudwatch' : service}:${action}`,
    on: resources.map((resource) => ({ resource, context: { 'aws:RequestedRegion': region, ...more } })),
  });
  const arn = (name: string, resource: string): string => `arn:aws:${name}:${region}:${ACCOUNT}:${resource}`;
  const url = new URL(request.url ?? '/', 'http://aws');
  if (service === 's3') return s3Call(request, url, call);
  if (service === 'appconfig') {
    const action =
      url.pathname === '/configurationsessions' ? 'StartConfigurationSession' : 'GetLatestConfiguration';
    return call(action, [arn('appconfig', 'application/a1/environment/e1/configuration/p1')]);
  }
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') {
    const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    const json = jsonOf(plain.toString('utf8'));
    return jsonCall(target.split('.').at(-1) ?? '', isRecord(json) ? json : {}, call, arn);
  }
  return queryCall(new URLSearchParams(body.toString('utf8')), call, arn, tagsOf);
}

type Make = (action: string, resources: readonly string[], more?: Record<string, string>) => IamCall;
type Arn = (service: string, resource: string) => string;

function s3Call({ method }: IncomingMessage, url: URL, call: Make): IamCall {
  const [, bucket = '', ...key] = decodeURIComponent(url.pathname).split('/');
  const object = `arn:aws:s3:::${bucket}/${key.join('/')}`;
  if (key.join('/') !== '') return call(method === 'PUT' ? 'PutObject' : 'GetObject', [object]);
  return call('ListBucket', [`arn:aws:s3:::${bucket}`], {
    's3:prefix': url.searchParams.get('prefix') ?? '',
  });
}

function jsonCall(action: string, body: Readonly<Record<string, unknown>>, call: Make, arn: Arn): IamCall {
  const text = (name: string): string => String(body[name]);
  switch (action) {
    case 'GetParameters': {
      const names = body['Names'] as readonly string[];
      return call(
        action,
        names.map((name) => arn('ssm', `parameter/${name.replace(/^\/|:.*$/g, '')}`)),
      );
    }
    case 'GetParametersByPath':
      return call(action, [arn('ssm', `parameter${text('Path')}`)]);
    case 'GetSecretValue':
      return call(action, [arn('secretsmanager', `secret:${text('SecretId')}-AbCdEf`)]);
    case 'Scan':
    case 'GetItem':
      return call(action, [arn('dynamodb', `table/${text('TableName')}`)]);
    case 'PutMetricData':
      return call(action, ['*'], { 'cloudwatch:namespace': text('Namespace') });
    case 'DescribeLogGroups':
      return call(action, [arn('logs', 'log-group::log-stream:')]);
    case 'TagResource':
    case 'ListTagsForResource':
      return call(action, [text('resourceArn')]);
    case 'PutLogEvents':
      return call(action, [
        arn('logs', `log-group:${text('logGroupName')}:log-stream:${text('logStreamName')}`),
      ]);
    default:
      return call(action, [arn('logs', `log-group:${text('logGroupName')}:log-stream:`)]);
  }
}

function queryCall(params: URLSearchParams, call: Make, arn: Arn, tagsOf: TagsOf): IamCall {
  const action = params.get('Action') ?? '';
  const text = (name: string): string => params.get(name) ?? '';
  const tagged = (one: IamCall, id: string): IamCall => ({
    ...one,
    on: one.on.map(({ resource, context }) => {
      const tags = resource.endsWith(`/${id}`) ? Object.entries(tagsOf(id)) : [];
      const keys = Object.fromEntries(tags.map(([name, value]) => [`aws:ResourceTag/${name}`, value]));
      return { resource, context: { ...context, ...keys } };
    }),
  });
  const instance = arn('ec2', `instance/${text('InstanceId')}`);
  switch (action) {
    case 'AssociateAddress': {
      const id = text('AllocationId');
      return tagged(call(action, [arn('ec2', `elastic-ip/${id}`), instance]), id);
    }
    case 'DisassociateAddress':
      // It names the association, and is asked of what is associated.
      return tagged(call(action, [arn('ec2', 'elastic-ip/eipalloc-0a')]), 'eipalloc-0a');
    case 'AttachVolume': {
      const id = text('VolumeId');
      return tagged(call(action, [arn('ec2', `volume/${id}`), instance]), id);
    }
    case 'CompleteLifecycleAction':
    case 'RecordLifecycleActionHeartbeat':
      return call(action, [
        arn('autoscaling', `autoScalingGroup:6f:autoScalingGroupName/${text('AutoScalingGroupName')}`),
      ]);
    case 'SignalResource':
      return call(action, [arn('cloudformation', `stack/${text('StackName')}/5a`)]);
    default:
      return call(action, ['*']);
  }
}

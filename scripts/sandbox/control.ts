import type { ServerResponse } from 'node:http';
import { isRecord } from '#kit/is-record.ts';
import { jsonObject } from './wire/aws-json.ts';
import { header } from './wire/exchange.ts';
import type { SandboxRequest } from './wire/exchange.ts';
import { readFault } from './fault-reading.ts';
import type { ImdsMode } from './imds/imds.ts';
import type { InstanceOptions, SandboxInstance } from './imds/instance.ts';
import type { Sandbox } from './stand-in.ts';
import { signalControl } from './signal-control.ts';

type Reply = { readonly status: number; readonly body?: unknown };

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;
const MODES: ReadonlySet<string> = new Set<ImdsMode>([
  'required',
  'optional',
  'v1-only',
  'disabled',
  'hop-limit',
  'down',
]);

/**
 * The sandbox by HTTP, for whoever does not run in its process; JSON in and out:
 *
 *     GET            /_sandbox                                 addresses
 *     GET DELETE     /_sandbox/requests                        what was asked
 *     GET POST DELETE /_sandbox/faults, DELETE .../faults/{id} what shall go wrong
 *     PUT            /_sandbox/instances                       launch one: the fields of InstanceOptions
 *     PUT            /_sandbox/instances/{id}/tags             replace them
 *     PUT            /_sandbox/instances/{id}/mode             {"mode":"disabled"}
 *     PUT DELETE     /_sandbox/instances/{id}/metadata/{path}  {"value":"..."}
 *     PUT            /_sandbox/buckets                         {"name","region","owner"}
 *     PUT            /_sandbox/buckets/{name}/denied           {"prefixes":[...]}
 *     PUT            /_sandbox/parameters, /_sandbox/secrets   {"region","name","value","type"}: a new version; no value deletes
 *     PUT            /_sandbox/tables                          {"region","table","keys":["key"],"items":[{...}]}: of DynamoDB, made when there is none
 *     PUT            /_sandbox/configurations                  {"region","path":"app/env/profile","content","contentType","label"}: deploys it
 *     PUT            /_sandbox/addresses, /_sandbox/volumes    allocate one: {"region","tags"}; volumes: VolumeOptions
 *     PUT            /_sandbox/addresses/{id}/holder           {"instanceId"}: as somebody does who takes it away; none: free
 *     GET            /_sandbox/metrics
 *     PUT            /_sandbox/groups                          {"name","region","hooks":[{"name","on"}],"instances":{id: state}}
 *     PUT            /_sandbox/stacks                          {"region","stack","resource"}: it waits for signals
 *     GET            /_sandbox/signals                         what instances told groups and stacks
 *
 * Only for a loopback Host and never from a web page, or a browser on the machine could be made to drive it.
 */
export function controlApi(sandbox: Sandbox): (request: SandboxRequest, response: ServerResponse) => void {
  return (request, response) => {
    const foreign = !LOOPBACK.test(header(request, 'host') ?? '') || header(request, 'origin') !== undefined;
    const reply = foreign
      ? Promise.resolve(problem(403, 'only for a loopback Host, without Origin'))
      : decide(sandbox, request);
    reply
      .catch((error: unknown) => problem(400, error instanceof Error ? error.message : String(error)))
      .then(
        ({ status, body }) => send(response, status, body),
        () => response.destroy(),
      );
  };
}

async function decide(sandbox: Sandbox, request: SandboxRequest): Promise<Reply> {
  const [subject = '', ...rest] = request.path.split('/').slice(2).map(decodeURIComponent);
  const asked = request.body.length === 0 ? {} : jsonObject(request.body);
  if (!asked) return problem(400, 'the body is not a JSON object');
  switch (`${request.method} ${subject}`) {
    case 'GET ':
      return { status: 200, body: summary(sandbox) };
    case 'GET requests':
      return { status: 200, body: sandbox.requests.entries };
    case 'DELETE requests':
      sandbox.requests.clear();
      return { status: 204 };
    case 'GET metrics':
      return { status: 200, body: sandbox.metrics.data };
    case 'GET faults':
      return { status: 200, body: sandbox.faults.list() };
    case 'POST faults':
      return plantFault(sandbox, asked);
    case 'DELETE faults':
      if (rest[0] === undefined) sandbox.faults.clear();
      else if (!sandbox.faults.remove(Number(rest[0]))) return problem(404, `no fault ${rest[0]}`);
      return { status: 204 };
    case 'PUT buckets':
      return putBucket(sandbox, rest, asked);
    case 'PUT groups':
    case 'PUT stacks':
    case 'GET signals':
      return signalControl(sandbox, subject, asked);
    case 'PUT parameters':
      return putSecret(sandbox.parameters, asked);
    case 'PUT secrets':
      return putSecret(sandbox.secrets, asked);
    case 'PUT tables':
      return putItems(sandbox, asked);
    case 'PUT configurations':
      return deployConfiguration(sandbox, asked);
    case 'PUT addresses':
      return putAddress(sandbox, rest, asked);
    case 'PUT volumes':
      return putVolume(sandbox, asked);
    case 'PUT instances':
    case 'DELETE instances':
      return rest.length === 0 && request.method === 'PUT'
        ? launch(sandbox, asked)
        : changeInstance(sandbox, request.method, rest, asked);
    default:
      return problem(404, `no ${request.method} ${request.path}`);
  }
}

function plantFault(sandbox: Sandbox, asked: Readonly<Record<string, unknown>>): Reply {
  const fault = readFault(asked);
  return 'problem' in fault
    ? problem(400, fault.problem)
    : { status: 201, body: { id: sandbox.faults.add(fault) } };
}

function putItems({ tables }: Sandbox, asked: Readonly<Record<string, unknown>>): Reply {
  const { region, table, keys = ['key'], items = [] } = asked;
  if (
    typeof region !== 'string' ||
    typeof table !== 'string' ||
    !Array.isArray(keys) ||
    !Array.isArray(items)
  ) {
    return problem(400, 'region and table are required, keys and items are lists');
  }
  tables.create(region, table, keys.map(String));
  for (const item of items as readonly unknown[]) if (isRecord(item)) tables.put(region, table, item);
  return { status: 200, body: { region, table } };
}

function deployConfiguration({ appConfig }: Sandbox, asked: Readonly<Record<string, unknown>>): Reply {
  const { region, path, content, contentType = 'application/json', label } = asked;
  const texts = [region, path, content, contentType, label ?? ''];
  if (!texts.every((text) => typeof text === 'string')) {
    return problem(400, 'region, path and content are required, all texts');
  }
  const [where = '', of = '', text = '', type = '', called = ''] = texts as readonly string[];
  appConfig.deploy(where, of, { content: text, contentType: type, ...(called !== '' && { label: called }) });
  return { status: 200, body: { region, path } };
}

function putAddress(
  { addresses }: Sandbox,
  [allocationId]: readonly string[],
  { region, tags = {}, instanceId }: Readonly<Record<string, unknown>>,
): Reply {
  if (allocationId !== undefined) {
    addresses.move(allocationId, typeof instanceId === 'string' ? instanceId : undefined);
    return { status: 204 };
  }
  if (typeof region !== 'string' || !isTextRecord(tags)) return problem(400, 'region, and tags by name');
  return { status: 201, body: { allocationId: addresses.allocate(region, tags) } };
}

function putVolume({ volumes }: Sandbox, asked: Readonly<Record<string, unknown>>): Reply {
  const { region, zone, tags = {} } = asked;
  if (typeof region !== 'string' || typeof zone !== 'string' || !isTextRecord(tags)) {
    return problem(400, 'region, zone, and tags by name');
  }
  return { status: 201, body: { volumeId: volumes.create({ ...asked, region, zone, tags }) } };
}

async function launch(sandbox: Sandbox, asked: Readonly<Record<string, unknown>>): Promise<Reply> {
  if (typeof asked['region'] !== 'string') return problem(400, 'region is required');
  if (asked['tags'] !== undefined && !isTextRecord(asked['tags']))
    return problem(400, 'tags must be texts by name');
  if (asked['mode'] !== undefined && !isMode(asked['mode']))
    return problem(400, `mode must be one of ${[...MODES].join(', ')}`);
  const instance = await sandbox.addInstance(asked as unknown as InstanceOptions);
  return { status: 201, body: describeInstance(instance) };
}

function changeInstance(
  sandbox: Sandbox,
  method: string,
  [id = '', what, ...path]: readonly string[],
  asked: Readonly<Record<string, unknown>>,
): Reply {
  const instance = sandbox.instances.get(id);
  if (!instance) return problem(404, `no instance ${id}`);
  if (what === 'metadata' && path.length > 0) {
    const value = asked['value'];
    if (method === 'PUT' && typeof value !== 'string') return problem(400, 'value must be a text');
    instance.setMetadata(path.join('/'), typeof value === 'string' && method === 'PUT' ? value : undefined);
  } else if (method === 'PUT' && what === 'tags' && isTextRecord(asked)) {
    instance.tags.clear();
    for (const [key, value] of Object.entries(asked)) instance.tags.set(key, value);
  } else if (method === 'PUT' && what === 'mode' && isMode(asked['mode'])) {
    instance.mode = asked['mode'];
  } else {
    return problem(400, 'expected tags as texts by name, a known mode, or a metadata path');
  }
  return { status: 200, body: describeInstance(instance) };
}

function putBucket(
  sandbox: Sandbox,
  [existing, what]: readonly string[],
  asked: Readonly<Record<string, unknown>>,
): Reply {
  if (existing === undefined) {
    const { name, region, owner } = asked;
    if (typeof name !== 'string' || typeof region !== 'string')
      return problem(400, 'name and region are required');
    sandbox.addBucket({ name, region, ...(typeof owner === 'string' ? { owner } : {}) });
    return { status: 201, body: { name, region } };
  }
  const bucket = sandbox.buckets.get(existing);
  const prefixes = asked['prefixes'];
  if (!bucket) return problem(404, `no bucket ${existing}`);
  if (what !== 'denied' || !Array.isArray(prefixes))
    return problem(400, 'expected denied and {"prefixes":[...]}');
  bucket.denied.clear();
  for (const prefix of prefixes) bucket.denied.add(String(prefix));
  return { status: 200, body: { name: bucket.name, denied: [...bucket.denied] } };
}

function putSecret(
  store: Pick<Sandbox['parameters'], 'delete'> & {
    put(region: string, name: string, value: string, type?: string): unknown;
  },
  { region, name, value, type }: Readonly<Record<string, unknown>>,
): Reply {
  if (typeof region !== 'string' || typeof name !== 'string') {
    return problem(400, 'region and name are required');
  }
  if (value !== undefined && typeof value !== 'string') return problem(400, 'value must be a text');
  if (value === undefined) store.delete(region, name);
  else if (typeof type === 'string') store.put(region, name, value, type);
  else store.put(region, name, value);
  return { status: 200, body: { region, name } };
}

function summary(sandbox: Sandbox): object {
  return {
    url: sandbox.url,
    instances: [...sandbox.instances.values()].map(describeInstance),
    buckets: [...sandbox.buckets.values()].map(({ name, region, owner, size }) => ({
      name,
      region,
      owner,
      objects: size,
    })),
  };
}

function describeInstance(instance: SandboxInstance): object {
  const { instanceId, region, zone, account, imageId, imdsUrl, mode, tagsInMetadata, violations } = instance;
  return {
    instanceId,
    region,
    zone,
    account,
    imageId,
    imdsUrl,
    mode,
    tagsInMetadata,
    tags: Object.fromEntries(instance.tags),
    violations,
  };
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isMode(value: unknown): value is ImdsMode {
  return typeof value === 'string' && MODES.has(value);
}

function problem(status: number, message: string): Reply {
  return { status, body: { message } };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body === undefined ? undefined : `${JSON.stringify(body, undefined, 2)}\n`);
}

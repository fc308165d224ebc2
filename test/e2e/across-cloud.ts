import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startMoto } from '../support/moto.ts';

/** One call that a program made, by what it is signed for. */
export interface CloudCall {
  readonly action: string;
  readonly region: string;
  readonly form: URLSearchParams;
  readonly isWrite: boolean;
}

/** `cut`: it never arrives; `cut-after`: it takes effect and its answer is lost; else EC2's refusal by this code. */
export type Trouble = 'cut' | 'cut-after' | { readonly status: number; readonly code: string };

export interface AcrossCloud extends AsyncDisposable {
  readonly url: string;
  /** Past the proxy, for what a test looks up and lays out itself. */
  readonly behind: string;
  readonly calls: CloudCall[];
  trouble: ((call: CloudCall) => Trouble | undefined) | undefined;
  /** What a call is answered instead of what moto says, for what moto knows nothing of. */
  rewrite: ((call: CloudCall, body: string) => string) | undefined;
  /** Called when a write took effect (`done`), and when its answer was sent (`answered`). */
  onWrite: ((call: CloudCall, phase: 'done' | 'answered') => void) | undefined;
}

/**
 * moto behind a proxy that does what EC2 and RDS do and moto does not: a client token gives the same image or volume, images have
 * their tags from creation on and a name of their own, and an automated snapshot can be copied by ARN. Undefined where there is no
 * moto.
 */
export async function openAcrossCloud(): Promise<AcrossCloud | undefined> {
  // Its hundreds of images make each look at images and snapshots take half a second.
  const moto = await startMoto({ MOTO_EC2_LOAD_DEFAULT_AMIS: 'false' });
  if (!moto) return undefined;
  const tokens = new Map<string, Answer>();
  // By the snapshot that moto makes for an image by itself, the one it was registered with.
  const rootOf = new Map<string, string>();
  const cloud = {
    url: '',
    behind: moto.url,
    calls: [] as CloudCall[],
    trouble: undefined as AcrossCloud['trouble'],
    rewrite: undefined as AcrossCloud['rewrite'],
    onWrite: undefined as AcrossCloud['onWrite'],
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await bodyOf(request));
    const action = form.get('Action') ?? '';
    const region = /Credential=[^/]+\/\d{8}\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const isWrite = !/^(?:Describe|List|Get)/.test(action);
    const call = { action, region, form, isWrite };
    cloud.calls.push(call);
    const trouble = cloud.trouble?.(call);
    if (trouble === 'cut') return void request.socket.destroy();
    if (typeof trouble === 'object') return refuse(response, trouble);
    const answer = await carryOut(call, (other) => forward(moto?.url ?? '', request, other));
    if (isWrite) cloud.onWrite?.(call, 'done');
    if (trouble === 'cut-after') return void request.socket.destroy();
    const body = cloud.rewrite?.(call, answer.body);
    const status = body === undefined || body === answer.body ? answer.status : 200;
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body ?? answer.body);
    if (isWrite) cloud.onWrite?.(call, 'answered');
  }

  async function carryOut(call: CloudCall, send: Send): Promise<Answer> {
    if (call.action === 'CopyDBSnapshot') return copyDatabase(call, send);
    if (call.action === 'CopyDBClusterSnapshot') return copyCluster(call, send);
    if (call.action === 'RegisterImage') return registerImage(call, send, rootOf);
    if (call.action === 'DescribeImages') return withRoots(await send(call.form), rootOf);
    const given = call.form.get('ClientToken');
    if (given === null) return send(call.form);
    const token = `${call.region} ${given}`;
    const make = call.action === 'CopyImage' ? () => copyImage(call, send) : () => send(call.form);
    const answer = tokens.get(token) ?? (await make());
    if (answer.status === 200) tokens.set(token, answer);
    return answer;
  }

  const server = http.createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cloud.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(cloud, {
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await moto.stop();
    },
  });
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

type Send = (form: URLSearchParams) => Promise<Answer>;

async function copyImage({ form }: CloudCall, send: Send): Promise<Answer> {
  const answer = await send(form);
  const image = /<imageId>([^<]+)</.exec(answer.body)?.[1];
  if (image === undefined) return answer;
  const { body } = await send(
    new URLSearchParams({ Action: 'DescribeImages', Version: '2016-11-15', 'ImageId.1': image }),
  );
  const snapshot = /<snapshotId>([^<]+)</.exec(body)?.[1];
  for (const [index, id] of [image, snapshot].entries()) {
    if (id !== undefined) await send(tagsCall(form, index + 1, id));
  }
  return answer;
}

async function registerImage({ form }: CloudCall, send: Send, rootOf: Map<string, string>): Promise<Answer> {
  const describe = (key: string, value: string): Promise<Answer> =>
    send(new URLSearchParams({ Action: 'DescribeImages', Version: '2016-11-15', ...filter(key, value) }));
  if ((await describe('name', form.get('Name') ?? '')).body.includes('<imageId>')) {
    const error = '<Error><Code>InvalidAMIName.Duplicate</Code><Message>In use.</Message></Error>';
    return { status: 400, body: `<Response><Errors>${error}</Errors></Response>` };
  }
  const answer = await send(form);
  const image = /<imageId>([^<]+)</.exec(answer.body)?.[1];
  if (image === undefined) return answer;
  await send(tagsCall(form, 1, image));
  const own = /<snapshotId>([^<]+)</.exec((await describe('image-id', image)).body)?.[1];
  const given = form.get('BlockDeviceMapping.1.Ebs.SnapshotId');
  if (own !== undefined && given !== null) rootOf.set(own, given);
  return answer;
}

function filter(name: string, value: string): Readonly<Record<string, string>> {
  return { 'Filter.1.Name': name, 'Filter.1.Value.1': value };
}

function withRoots(answer: Answer, rootOf: ReadonlyMap<string, string>): Answer {
  let { body } = answer;
  for (const [own, given] of rootOf) body = body.replaceAll(own, given);
  return { ...answer, body };
}

/** Sets what a call asked for in its nth TagSpecification. */
function tagsCall(form: URLSearchParams, nth: number, id: string): URLSearchParams {
  const tags = new URLSearchParams({ Action: 'CreateTags', Version: '2016-11-15', 'ResourceId.1': id });
  for (const [key, value] of form) {
    const part = /^TagSpecification\.(\d+)\.(Tag\..+)$/.exec(key);
    if (part?.[1] === String(nth)) tags.set(part[2] ?? '', value);
  }
  return tags;
}

/** moto 5.2.1 loses the `rds:` of an automated snapshot's ARN (getmoto/moto#10177): the copy is made as one by hand. */
async function copyDatabase({ form }: CloudCall, send: Send): Promise<Answer> {
  const id = /:snapshot:rds:(.+)-\d{4}-\d{2}-\d{2}-\d{2}-\d{2}$/.exec(
    form.get('SourceDBSnapshotIdentifier') ?? '',
  );
  const made = new URLSearchParams({
    Action: 'CreateDBSnapshot',
    Version: '2014-10-31',
    DBInstanceIdentifier: id?.[1] ?? '',
    DBSnapshotIdentifier: form.get('TargetDBSnapshotIdentifier') ?? '',
  });
  for (const [key, value] of form) if (key.startsWith('Tags.')) made.set(key, value);
  const answer = await send(made);
  return { ...answer, body: answer.body.replaceAll('CreateDBSnapshot', 'CopyDBSnapshot') };
}

async function copyCluster({ form }: CloudCall, send: Send): Promise<Answer> {
  const id = /:cluster-snapshot:rds:(.+)-\d{4}-\d{2}-\d{2}-\d{2}-\d{2}$/.exec(
    form.get('SourceDBClusterSnapshotIdentifier') ?? '',
  );
  const made = new URLSearchParams({
    Action: 'CreateDBClusterSnapshot',
    Version: '2014-10-31',
    DBClusterIdentifier: id?.[1] ?? '',
    DBClusterSnapshotIdentifier: form.get('TargetDBClusterSnapshotIdentifier') ?? '',
  });
  for (const [key, value] of form) if (key.startsWith('Tags.')) made.set(key, value);
  const answer = await send(made);
  return { ...answer, body: answer.body.replaceAll('CreateDBClusterSnapshot', 'CopyDBClusterSnapshot') };
}

async function forward(url: string, request: IncomingMessage, form: URLSearchParams): Promise<Answer> {
  const { authorization = '', 'x-amz-date': date } = request.headers;
  const response = await fetch(`${url}${request.url ?? '/'}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization,
      'x-amz-date': String(date),
    },
    body: form.toString(),
  });
  return { status: response.status, body: await response.text() };
}

function refuse(response: ServerResponse, { status, code }: Extract<Trouble, object>): void {
  const error = `<Error><Code>${code}</Code><Message>No.</Message></Error>`;
  response
    .writeHead(status, { 'content-type': 'text/xml' })
    .end(`<Response><Errors>${error}</Errors><RequestID>r</RequestID></Response>`);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

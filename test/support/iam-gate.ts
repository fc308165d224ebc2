import {
  createServer,
  request as send,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { PolicyDocument, Statement } from '#scripts/ops/policy/grant.ts';
import { ACCOUNT, iamCallOf, type IamCall, type TagsOf } from './iam-call.ts';

/** Stands before an AWS and lets through what a policy allows to an instance of its region: Action, Resource, Condition. */
export interface IamGate {
  readonly url: string;
  /** What it stands before. */
  aws: string;
  /** May be another one at any time; nothing is allowed before there is one. */
  policy: PolicyDocument;
  /** `Sid action` of what was let through. */
  readonly used: Set<string>;
  /** `action resource` of what was not. */
  readonly denied: Set<string>;
  close(): Promise<void>;
}

export async function startIamGate(tagsOf: TagsOf): Promise<IamGate> {
  const policy: PolicyDocument = { Version: '2012-10-17', Statement: [] };
  const gate = { aws: '', policy, used: new Set<string>(), denied: new Set<string>() };
  const server = createServer((message, response) => void pass(message, response));
  const pass = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const call = iamCallOf(message, body, tagsOf);
    if (call !== undefined && !allows(call)) return refuse(response, call);
    const { method = 'GET', url = '/', headers } = message;
    const onward = send(new URL(gate.aws), { method, path: url, headers });
    onward.end(body);
    const answer = await answerTo(onward);
    if (answer === undefined) return void response.destroy();
    // S3 tells what is absent to those only who may list it.
    if (call?.action === 's3:GetObject' && answer.statusCode === 404 && !mayList(call)) {
      answer.resume();
      return refuse(response, call);
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  };
  const allows = ({ action, region, on }: IamCall): boolean =>
    on.every(({ resource, context }) => {
      const here = `arn:aws:ec2:${region}:${ACCOUNT}:instance/i-0a`;
      const found = gate.policy.Statement.find((one) =>
        permits(one, action, resource, { ...context, 'ec2:SourceInstanceARN': here }),
      );
      if (found) gate.used.add(`${found.Sid} ${action}`);
      else gate.denied.add(`${action} ${resource} ${context['s3:prefix'] ?? ''}`.trim());
      return found !== undefined;
    });
  const mayList = (call: IamCall): boolean => {
    const [, bucket = '', key = ''] = /^([^/]*)\/(.*)$/.exec(call.on[0]?.resource ?? '') ?? [];
    const context = { 'aws:RequestedRegion': call.region, 's3:prefix': key };
    return allows({ ...call, action: 's3:ListBucket', on: [{ resource: bucket, context }] });
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return Object.assign(gate, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close });
}

/** Undefined where what stands behind has gone. */
async function answerTo(onward: ClientRequest): Promise<IncomingMessage | undefined> {
  try {
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    return answer;
  } catch {
    return undefined;
  }
}

type Context = Readonly<Record<string, string | undefined>>;

/** "Policy evaluation logic": every operator and every key must hold, one of its values is enough. */
export function permits(one: Statement, action: string, resource: string, context: Context): boolean {
  const { Action, Resource, Condition = {} } = one;
  return (
    Action.includes(action) &&
    Resource.some((pattern) => isLike(pattern, resource)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => {
        const value = context[key];
        return (
          value !== undefined &&
          values.some((wanted) => (operator === 'StringEquals' ? wanted === value : isLike(wanted, value)))
        );
      }),
    )
  );
}

function isLike(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

/** In the words of each protocol. */
function refuse(response: ServerResponse, { service, action }: IamCall): void {
  const message = `not authorized to perform: ${action}`;
  if (['logs', 'monitoring', 'ssm', 'secretsmanager', 'dynamodb'].includes(service)) {
    const body = JSON.stringify({ __type: 'com.amazon.coral.service#AccessDeniedException', message });
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' }).end(body);
    return;
  }
  if (service === 'appconfig') {
    response
      .writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException', 'content-type': 'application/json' })
      .end(JSON.stringify({ message }));
    return;
  }
  const error = (code: string): string => `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const bodies: Readonly<Record<string, string>> = {
    s3: error('AccessDenied'),
    ec2: `<Response><Errors>${error('UnauthorizedOperation')}</Errors></Response>`,
  };
  response
    .writeHead(403, { 'content-type': 'application/xml' })
    .end(bodies[service] ?? `<ErrorResponse>${error('AccessDenied')}</ErrorResponse>`);
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { identifyCaller } from './wire/caller.ts';
import { readBody } from './wire/exchange.ts';
import type { SandboxRequest, Service } from './wire/exchange.ts';
import { s3Error } from './s3/s3-answer.ts';
import { serve } from './wire/serve.ts';
import type { Stage } from './wire/serve.ts';

/** More than the binaries people upload, less than what would hurt the machine. */
const MOST_BYTES = 512 * 1024 * 1024;

/** What stands in front of all services: one endpoint, as `AWS_ENDPOINT_URL` wants it. */
export interface AwsEndpointParts {
  readonly stage: Stage;
  readonly services: readonly Service[];
  /** Answers what lies below `/_sandbox`. */
  readonly control: (request: SandboxRequest, response: ServerResponse) => void;
}

export function awsEndpoint({ stage, services, control }: AwsEndpointParts) {
  const byName = new Map<string, Service>(services.map((service) => [service.name, service]));
  return async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = message.url ?? '/';
    const mark = url.indexOf('?');
    const path = mark === -1 ? url : url.slice(0, mark);
    const query = new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
    const body = await readBody(message, MOST_BYTES);
    if (!body) {
      const refusal = s3Error(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
      response.writeHead(refusal.status, { ...refusal.headers, connection: 'close' }).end(refusal.body);
      return;
    }
    const caller = identifyCaller(message.headers, query, stage.clock.now());
    const request = { method: message.method ?? 'GET', path, query, headers: message.headers, body, caller };
    // No bucket can be called `_sandbox`: an underscore is not allowed in a name.
    if (path === '/_sandbox' || path.startsWith('/_sandbox/')) return control(request, response);
    const service = byName.get(caller.service ?? guessService(request));
    if (!service) {
      const refusal = s3Error(501, 'NotImplemented', `The sandbox has no service "${caller.service}".`);
      response.writeHead(refusal.status, { ...refusal.headers }).end(refusal.body);
      return;
    }
    await serve(stage, service, request, response);
  };
}

/** An unsigned request is refused by the service it was meant for, in that service's words. */
function guessService(request: SandboxRequest): string {
  const target = String(request.headers['x-amz-target'] ?? '');
  if (target.startsWith('Logs_')) return 'logs';
  if (target.startsWith('GraniteService')) return 'monitoring';
  if (target.startsWith('AmazonSSM')) return 'ssm';
  if (target.startsWith('secretsmanager')) return 'secretsmanager';
  if (target.startsWith('DynamoDB')) return 'dynamodb';
  const form = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  if (request.method !== 'POST' || !form) return 's3';
  if (request.body.includes('Version=2011-01-01')) return 'autoscaling';
  if (request.body.includes('Version=2010-05-15')) return 'cloudformation';
  return request.body.includes('Version=2010-08-01') ? 'monitoring' : 'ec2';
}

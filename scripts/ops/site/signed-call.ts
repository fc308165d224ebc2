import { Hash } from '@smithy/hash-node';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { signingNameOf, type OperatorService } from '#agent/aws/endpoint.ts';
import { guardedHandler } from './guarded-handler.ts';
import { createHostGuard } from '#agent/aws/host-guard.ts';
import { valueOf } from '../console/options.ts';
import { regionalParts, type ClientContext } from './regional-s3.ts';

/** What came back, whatever the status. */
export interface SignedReply {
  readonly status: number;
  readonly text: string;
}

/** One POST. Rejects when no answer came, and with a LandfallError when it may not be sent. */
export type SignedCall = (
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
) => Promise<SignedReply>;

/**
 * Calls of a service of which a command needs one or two: signed by hand and pinned as the clients are, for a client would be
 * one more dependency in every binary. @throws LandfallError as `regionalParts`.
 */
export function createSignedCall(
  service: OperatorService,
  region: string,
  context: ClientContext,
): SignedCall {
  const { pin, endpoint, agents, limits } = regionalParts(service, region, context);
  const handler = guardedHandler(
    new NodeHttpHandler({
      httpAgent: agents.plain,
      httpsAgent: agents.tls(endpoint.url),
      connectionTimeout: limits.connectMs,
      requestTimeout: limits.firstByteMs,
      throwOnRequestTimeout: true,
    }),
    createHostGuard(pin, [endpoint]),
  );
  return async (headers, body, signal) => {
    const { accessKeyId, secretAccessKey, sessionToken } = valueOf(await context.loadCredentials(region));
    const signer = new SignatureV4({
      service: signingNameOf(service),
      region,
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
      sha256: Hash.bind(null, 'sha256'),
    });
    const { protocol, hostname, port, host } = endpoint.url;
    const request = new HttpRequest({
      method: 'POST',
      protocol,
      hostname,
      ...(port === '' ? {} : { port: Number(port) }),
      path: '/',
      headers: { host, ...headers },
      body,
    });
    const signed = await signer.sign(request, { signingDate: new Date(context.clock.now()) });
    const { response } = await handler.handle(HttpRequest.clone(signed), {
      abortSignal: signal,
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) chunks.push(chunk);
    return { status: response.statusCode, text: Buffer.concat(chunks).toString('utf8') };
  };
}

/** What a service said no with, shaped as the errors of the SDK's clients are: by that it is told apart from a broken connection. */
export function refusedBy(code: string, message: string, httpStatusCode: number): Error {
  const said = new Error(message === '' ? `HTTP ${httpStatusCode}` : message);
  said.name = code === '' ? `HTTP ${httpStatusCode}` : code;
  return Object.assign(said, { $fault: 'client', $metadata: { httpStatusCode } });
}

import { createHash } from 'node:crypto';
import http, { type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { readAgentAddress } from '#scripts/ops/userdata/agent-address.ts';
import { readEnvironment } from '#scripts/ops/userdata/environment.ts';
import { renderUserData } from '#scripts/ops/userdata/user-data.ts';
import type { SandboxInstance } from '#scripts/sandbox/imds/instance.ts';
import { startSandbox, type Sandbox } from '#scripts/sandbox/sandbox.ts';
import { signatureProblem } from './strict-s3.ts';

/** Stands in for the agent: says how it was called. */
export const AGENT = `#!/bin/sh
echo "agent: $* of $LANDFALL_SOURCE"
`;
export const DIGEST = digestOf(AGENT);
const REGION = 'eu-west-1';
/** Dots, as S3 allows them in names. */
export const BUCKET = `acme.agents-${REGION}`;

interface Asked {
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An instance with a role, its region's bucket with the agent, and what refuses as AWS does whatever is signed wrongly. */
export class BootStage {
  readonly sandbox: Sandbox;
  readonly instance: SandboxInstance;
  /** Every request that passed, with why the signature is wrong if it is. */
  readonly asked: Asked[] = [];
  readonly problems: string[] = [];
  readonly #front: http.Server;

  private constructor(sandbox: Sandbox, instance: SandboxInstance) {
    this.sandbox = sandbox;
    this.instance = instance;
    this.#front = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => void chunks.push(chunk));
      request.on('end', () => void this.#pass(request, Buffer.concat(chunks), response));
    });
  }

  static async open(): Promise<BootStage> {
    const sandbox = await startSandbox();
    sandbox.addBucket({ name: BUCKET, region: REGION });
    const stage = new BootStage(sandbox, await sandbox.addInstance({ region: REGION }));
    stage.upload(AGENT, DIGEST);
    await new Promise<void>((resolve) => stage.#front.listen(0, '127.0.0.1', resolve));
    return stage;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#front.address() as AddressInfo).port}`;
  }

  upload(agent: string, digest: string): void {
    this.sandbox.putObject(BUCKET, `tools/landfall-x64-${digest}.zst`, zstdCompressSync(agent));
    this.sandbox.putObject(BUCKET, `tools/landfall-x64-${digest}.gz`, gzipSync(agent));
  }

  userData(digest = DIGEST, env: readonly string[] = []): string {
    const own = [
      `AWS_EC2_METADATA_SERVICE_ENDPOINT=${this.instance.imdsUrl}`,
      `AWS_ENDPOINT_URL=${this.url}`,
    ];
    return renderUserData({
      environment: readEnvironment('s3://payroll-{region}/landfall', [...own, ...env]),
      agents: [readAgentAddress(`s3://acme.agents-{region}/tools@sha256:${digest}`)],
      format: 'shell',
    });
  }

  async close(): Promise<void> {
    this.#front.close();
    this.#front.closeAllConnections();
    await this.sandbox.close();
  }

  async #pass(request: http.IncomingMessage, body: Buffer, response: http.ServerResponse): Promise<void> {
    const { method = '', url: target = '', headers } = request;
    this.asked.push({ target, headers, body: body.toString() });
    const role = await this.#credentials();
    const problem = signatureProblem({ method, target, headers, body }, (key) =>
      key === role['AccessKeyId'] ? role['SecretAccessKey'] : undefined,
    );
    if (problem !== undefined) {
      this.problems.push(problem);
      response.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code></Error>');
      return;
    }
    const onward = http.request(`${this.sandbox.url}${target}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    onward.end(body);
  }

  async #credentials(): Promise<Record<string, string>> {
    const ttl = { 'x-aws-ec2-metadata-token-ttl-seconds': '60' };
    const token = await fetch(`${this.instance.imdsUrl}/latest/api/token`, { method: 'PUT', headers: ttl });
    const path = '/latest/meta-data/iam/security-credentials/landfall';
    const headers = { 'x-aws-ec2-metadata-token': await token.text() };
    const answer = await fetch(this.instance.imdsUrl + path, { headers });
    return answer.ok ? ((await answer.json()) as Record<string, string>) : {};
  }
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

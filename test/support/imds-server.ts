import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import type { Clock } from '#kit/clock.ts';

/** What the service does instead of its duty. `tokenless` serves as IMDSv1 did, and has no token route (405). */
export type ImdsFault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: string;
      readonly after?: Promise<void>;
    }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' }
  /** Sends headers and some of the body, then nothing more, or cuts the connection. */
  | { readonly kind: 'stall' | 'truncate' }
  | { readonly kind: 'oversize'; readonly bytes: number }
  | { readonly kind: 'tokenless'; readonly status: 404 | 405 };

export interface ImdsRequest {
  readonly method: string;
  readonly path: string;
  readonly token: string | undefined;
}

const TOKEN_PATH = '/latest/api/token';

/** A metadata service on a real socket: strictly version 2, with token lives on the test's clock and faults on demand. */
export class ImdsServer {
  readonly log: ImdsRequest[] = [];
  readonly items = new Map<string, string>();
  /** Consulted for each request before it is served. */
  fault: (request: ImdsRequest) => ImdsFault | undefined = () => undefined;
  /** Seconds that tokens live, at most what is asked for. */
  maxTtl = 21_600;
  /** The most requests that were open at one time. */
  mostAtOnce = 0;
  /** Requests that are neither answered nor given up. */
  open = 0;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #tokens = new Map<string, number>();

  /** Starts on a free loopback port; stops with the test, which fails if any GET came without a token. */
  static async start(clock: Clock): Promise<ImdsServer> {
    const server = new ImdsServer(clock);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      await server.close();
      expect(server.log.filter(({ method, token }) => method !== 'PUT' && token === undefined)).toEqual([]);
    });
    return server;
  }

  private constructor(clock: Clock) {
    this.#clock = clock;
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get tokenRequests(): number {
    return this.log.filter(({ method }) => method === 'PUT').length;
  }

  /** Requests for `path`, which stands below `/latest/`. */
  readsOf(path: string): number {
    return this.log.filter((request) => request.path === `/latest/${path}`).length;
  }

  /** As after a restart of the service: no token given so far is good. */
  forgetTokens(): void {
    this.#tokens.clear();
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const token = request.headers['x-aws-ec2-metadata-token'];
    const seen = {
      method: request.method ?? '',
      path: request.url ?? '',
      token: typeof token === 'string' ? token : undefined,
    };
    this.log.push(seen);
    this.mostAtOnce = Math.max(this.mostAtOnce, (this.open += 1));
    response.on('close', () => {
      this.open -= 1;
    });
    const fault = this.fault(seen);
    if (fault) this.#misbehave(fault, seen, request, response);
    else if (seen.path === TOKEN_PATH) this.#giveToken(request, response);
    else if (!this.#isGood(seen.token)) response.writeHead(401).end();
    else this.#giveItem(seen.path, response);
  }

  #giveToken(request: IncomingMessage, response: ServerResponse): void {
    const asked = Number(request.headers['x-aws-ec2-metadata-token-ttl-seconds']);
    if (request.method !== 'PUT') response.writeHead(405).end();
    else if (!(asked >= 1 && asked <= 21_600)) response.writeHead(400).end();
    else {
      const ttl = Math.min(asked, this.maxTtl);
      const token = `token-${this.log.length}==`;
      this.#tokens.set(token, this.#clock.monotonic() + ttl * 1000);
      response.setHeader('x-aws-ec2-metadata-token-ttl-seconds', ttl).end(token);
    }
  }

  #isGood(token: string | undefined): boolean {
    const end = token === undefined ? undefined : this.#tokens.get(token);
    return end !== undefined && this.#clock.monotonic() < end;
  }

  #giveItem(path: string, response: ServerResponse): void {
    const item = this.items.get(path.replace('/latest/', ''));
    if (item === undefined) response.writeHead(404).end('not found');
    else response.end(item);
  }

  #misbehave(fault: ImdsFault, seen: ImdsRequest, request: IncomingMessage, response: ServerResponse): void {
    switch (fault.kind) {
      case 'status':
        void (fault.after ?? Promise.resolve()).then(() => response.writeHead(fault.status).end(fault.body));
        return;
      case 'hang':
        return;
      case 'reset':
        request.socket.resetAndDestroy();
        return;
      case 'stall':
      case 'truncate':
        response.writeHead(200, { 'content-length': 100 });
        response.write('half', () => fault.kind === 'truncate' && request.socket.destroy());
        return;
      case 'oversize':
        response.end('x'.repeat(fault.bytes));
        return;
      case 'tokenless':
        if (seen.path === TOKEN_PATH) response.writeHead(fault.status).end();
        else this.#giveItem(seen.path, response);
    }
  }
}

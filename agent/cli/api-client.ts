import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { join } from 'node:path';
import { errnoOf } from '#kit/errno.ts';
import { FAULTS, LandfallError, type Fault, type FaultCode } from '#kit/errors.ts';
import type { Settings } from '../settings/settings.ts';
import { checkSocket, openLoopback, type Believed, type LoopbackDoor } from './agent-door.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
  readonly etag?: string;
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly accept?: string;
  readonly body?: unknown;
  /** Milliseconds without a byte before giving up; 10 s unless given, 0 waits forever. */
  readonly timeoutMs?: number;
  readonly ifNoneMatch?: string;
  /** Ends the request. */
  readonly signal?: AbortSignal;
}

const PATIENCE_MS = 10_000;

type SocketDoor = { readonly socketPath: string };
type Door = SocketDoor | LoopbackDoor;

/** What errno of a Unix socket means "try the port": nobody there, or not allowed to this user. */
const NEXT_DOOR = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'ENOTSOCK', 'EPERM']);

/** Talks to the agent of this host: over the socket, or over the port when there is no socket for us. */
export class ApiClient {
  readonly #settings: Settings;
  readonly #believed: Believed;

  /** @param uid the effective user id of this process. */
  constructor(settings: Settings, uid: number) {
    this.#settings = settings;
    this.#believed = { runDir: settings.runDir, uid };
  }

  /** @throws LandfallError with the agent's own fault for a problem answer, or `LF_AGENT_NOT_RUNNING`. */
  async ask(request: ApiRequest): Promise<ApiAnswer> {
    return this.#read(await this.open(request));
  }

  /**
   * The answer as a stream of text, for events.
   * @throws as `ask` does.
   */
  async open(request: ApiRequest): Promise<IncomingMessage> {
    const message = (await this.#enter(request)).setEncoding('utf8');
    const status = message.statusCode ?? 0;
    if (status < 400) return message;
    const { body } = await this.#read(message);
    throw new LandfallError(problemFault(body, request.path, status));
  }

  async #read(message: IncomingMessage): Promise<ApiAnswer> {
    let body = '';
    try {
      for await (const chunk of message) body += chunk;
    } catch (error) {
      throw new LandfallError(notRunning(this.#settings, error));
    }
    const { etag } = message.headers;
    return { status: message.statusCode ?? 0, body, ...(etag === undefined ? {} : { etag }) };
  }

  async #enter(request: ApiRequest): Promise<IncomingMessage> {
    const doors: Door[] = [{ socketPath: this.#settings.socket }];
    if (this.#settings.listen) doors.push(this.#settings.listen);
    let lastError: unknown;
    for (const door of doors) {
      try {
        return await this.#knock(door, request);
      } catch (error) {
        if (error instanceof LandfallError) throw error;
        lastError = error;
        if (!NEXT_DOOR.has(errnoOf(error))) break;
      }
    }
    throw new LandfallError(notRunning(this.#settings, lastError));
  }

  async #knock(door: Door, request: ApiRequest): Promise<IncomingMessage> {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const headers: Record<string, string> = {
      host: 'localhost',
      accept: request.accept ?? 'application/json',
    };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (request.ifNoneMatch !== undefined) headers['if-none-match'] = request.ifNoneMatch;
    const signal = request.signal === undefined ? {} : { signal: request.signal };
    const timeoutMs = request.timeoutMs ?? PATIENCE_MS;
    const way = 'port' in door ? await this.#overLoopback(door, request.signal) : this.#overSocket(door);
    if ('port' in door) Object.assign(headers, this.#authorization());
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        { ...way, path: request.path, method: request.method ?? 'GET', headers, ...signal },
        resolve,
      );
      outgoing.on('error', reject);
      const giveUp = (): void => void outgoing.destroy(silentFor(timeoutMs));
      if (timeoutMs > 0) outgoing.setTimeout(timeoutMs, giveUp);
      outgoing.end(body);
    });
  }

  #overSocket({ socketPath }: SocketDoor): RequestOptions {
    checkSocket(socketPath, this.#believed);
    return { socketPath, agent: false };
  }

  async #overLoopback(door: LoopbackDoor, signal: AbortSignal | undefined): Promise<RequestOptions> {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(silentFor(PATIENCE_MS)), PATIENCE_MS);
    try {
      const over = signal ? AbortSignal.any([signal, patience.signal]) : patience.signal;
      const socket = await openLoopback(door, this.#believed, over);
      return { createConnection: () => socket };
    } finally {
      clearTimeout(timer);
    }
  }

  /** The token is the owner's; without it reads still work, writes and secrets do not. */
  #authorization(): Record<string, string> {
    try {
      return { authorization: `Bearer ${readFileSync(join(this.#settings.runDir, 'token'), 'utf8').trim()}` };
    } catch {
      return {};
    }
  }
}

function silentFor(ms: number): Error {
  return new Error(`silent for ${ms / 1000} s`);
}

/** The members of the agent's problem document (RFC 9457) that make a fault. */
interface ProblemDocument extends Partial<Omit<Fault, 'code'>> {
  readonly code?: string;
  /** Why the agent is not ready; its first code says more than that it is not. */
  readonly reasons?: readonly { readonly code: string; readonly message: string }[];
}

function problemFault(body: string, path: string, status: number): Fault {
  const problem = parseProblem(body);
  const code = [problem.reasons?.[0]?.code, problem.code].find(
    (text) => text !== undefined && text in FAULTS,
  );
  return {
    code: (code as FaultCode | undefined) ?? 'LF_UNEXPECTED',
    operation: problem.operation ?? 'ask the agent for',
    subject: problem.subject ?? decodeURIComponent(path.split('?')[0] ?? path),
    cause: problem.reasons?.[0]?.message ?? problem.cause ?? `it answered ${status}`,
    hint: problem.hint ?? '',
    ...(problem.problems === undefined ? {} : { problems: problem.problems }),
  };
}

function parseProblem(body: string): ProblemDocument {
  try {
    return (JSON.parse(body) ?? {}) as ProblemDocument;
  } catch {
    // Not ours: the status alone has to do.
    return {};
  }
}

function notRunning(settings: Settings, error: unknown): Fault {
  const { code, message } = error as NodeJS.ErrnoException;
  const places = settings.listen
    ? `${settings.socket} or ${settings.listen.host}:${settings.listen.port}`
    : settings.socket;
  return {
    code: 'LF_AGENT_NOT_RUNNING',
    operation: 'reach',
    subject: 'the agent',
    cause: `nothing answers on ${places} (${code ?? message})`,
    hint: 'Start it with `landfall run`, or look at `systemctl status landfall`.',
  };
}

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AgentProcess,
  type AgentCommand,
  type Finished,
} from '../../scripts/sandbox/programs/agent-process.ts';
import { mustBeDocumented, mustBeDocumentedEvents } from '../support/api-document.ts';
import { rememberedEvents } from '../support/remembered-events.ts';
import { ask, type Answer, type Ask, type Place } from '../support/raw-http.ts';

export const LANDFALL = resolve('dist/landfall');

/** Where an agent lives: who answers as the metadata service and as AWS, and what it is told beyond that. */
export interface Home {
  readonly imdsUrl: string;
  readonly awsUrl: string;
  readonly source: string;
  /** Default `run`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Of an agent that lived before, to start on its disk. */
  readonly base?: string;
  /** Put before the program, such as `setpriv ...`. */
  readonly wrapper?: readonly string[];
  /** Default `LANDFALL`. */
  readonly program?: string;
}

/** A document of the API, as loosely as a stranger reads it. */
export type Json = Readonly<Record<string, unknown>>;

/** The built executable as a daemon: from an empty directory, with an environment of nothing but what it is given here. */
export class Citizen {
  readonly base: string;
  readonly socket: string;
  readonly agent: AgentProcess;
  readonly #isPresent: boolean;
  #gone = false;

  constructor(home: Home) {
    this.base = home.base ?? newBase();
    this.socket = join(this.base, 'run', 'landfall.sock');
    const { wrapper = [], program = LANDFALL, args = ['run'], env = {}, imdsUrl, awsUrl, source } = home;
    this.#isPresent = program === LANDFALL;
    const command: AgentCommand = ['/usr/bin/env', '-C', join(this.base, 'empty'), ...wrapper, program];
    this.agent = new AgentProcess({ command, imdsUrl, awsUrl, source, base: this.base, env, args });
    void this.agent.exited().then(() => (this.#gone = true));
  }

  /** Resolves with the agent once it is ready, on both doors. @throws with its log when that takes too long. */
  async ready(patienceMs = 15_000): Promise<this> {
    const listens = this.agent.env['LANDFALL_LISTEN'] !== '';
    const ready = ({ status }: Answer): boolean => status === 200 && (this.#port !== undefined || !listens);
    await this.until('/readyz', ready, patienceMs);
    return this;
  }

  /** One request over the socket. @throws when the answer is not as docs/openapi.json says, as all of these do. */
  ask(path: string, more: Omit<Ask, 'path'> = {}): Promise<Answer> {
    return this.#ask({ socketPath: this.socket }, { path, ...more });
  }

  /** One request over TCP, as anybody on the host may send it. */
  askTcp(path: string, { headers = {}, ...more }: Omit<Ask, 'path'> = {}): Promise<Answer> {
    return this.#ask(this.tcp, { path, ...more, headers: { host: 'localhost', ...headers } });
  }

  async json(path: string): Promise<Json> {
    return (await this.ask(path)).json();
  }

  async properties(): Promise<Readonly<Record<string, unknown>>> {
    return (await this.json('/v1/config'))['properties'] as Json;
  }

  /** Waits until the answer to `path` is accepted. @throws with the last answer and the log when that takes too long. */
  async until(path: string, accept: (answer: Answer) => boolean, patienceMs = 15_000): Promise<Answer> {
    const end = performance.now() + patienceMs;
    let last = 'no answer';
    while (performance.now() < end && !this.#gone) {
      const answer = await ask({ socketPath: this.socket }, { path }).catch(() => undefined);
      if (answer && accept(this.#documented('GET', path, answer))) return answer;
      if (answer) last = `${answer.status} ${answer.text}`;
      await sleep(5);
    }
    throw new Error(`${path} never came to that; last ${last}\nagent said:\n${this.agent.stderr}`);
  }

  async #ask(place: Place, question: Ask): Promise<Answer> {
    return this.#documented(question.method ?? 'GET', question.path, await ask(place, question));
  }

  /** The document is that of the present program: one of another version answers as it did. */
  #documented(method: string, path: string, answer: Answer): Answer {
    return this.#isPresent ? mustBeDocumented(method, path, answer) : answer;
  }

  /** Waits until `key` is served as `value`. */
  async serves(key: string, value: string, patienceMs?: number): Promise<void> {
    await this.until(`/v1/config/${key}`, ({ status, text }) => status === 200 && text === value, patienceMs);
  }

  /** Waits until the last check of the source ended with this code; gives that failure as `status` shows it. */
  async fails(code: string, patienceMs?: number): Promise<Json> {
    const answer = await this.until(
      '/v1/status',
      ({ text }) => failureIn(text)?.['code'] === code,
      patienceMs,
    );
    return failureIn(answer.text) ?? {};
  }

  /** Waits until the last check of the source succeeded. */
  async follows(): Promise<void> {
    await this.until('/v1/config', ({ text }) => text.includes('"stale":false'));
  }

  /** Resolves when a whole check has ended well, so that what it brought is on the disk. */
  async settles(): Promise<void> {
    const { status, text } = await this.ask('/v1/refresh', { method: 'POST' });
    if (status !== 200) throw new Error(`it cannot follow the source: ${text}`);
  }

  cli(...args: string[]): Promise<Finished> {
    return this.agent.cli(...args);
  }

  get token(): string {
    return readFileSync(join(this.base, 'run', 'token'), 'utf8').trim();
  }

  /** Where it listens, from what it logged. */
  get tcp(): Extract<Place, { port: number }> {
    const port = this.#port;
    if (port === undefined) throw new Error(`it does not say where it listens:\n${this.agent.stderr}`);
    return { host: '127.0.0.1', port };
  }

  get #port(): number | undefined {
    const port = /"listen":"127\.0\.0\.1:(\d+)"/.exec(this.agent.stderr)?.[1];
    return port === undefined ? undefined : Number(port);
  }

  /** kill -9, and gone when this resolves. */
  async kill(): Promise<void> {
    this.agent.signal('SIGKILL');
    await this.agent.exited();
  }

  /** Ends it and removes its disk. @throws when an event that it sent is not as docs/openapi.json says. */
  async [Symbol.asyncDispose](): Promise<void> {
    const events = this.#gone ? '' : await rememberedEvents({ socketPath: this.socket });
    await this.kill();
    rmSync(this.base, { recursive: true, force: true });
    mustBeDocumentedEvents(events);
  }
}

/** A disk for an agent, with an empty directory to run from. */
export function newBase(): string {
  if (!existsSync(LANDFALL)) throw new Error('dist/landfall is missing: run `npm run build` first');
  const base = mkdtempSync(join(tmpdir(), 'landfall-e2e-'));
  mkdirSync(join(base, 'empty'));
  return base;
}

function failureIn(status: string): Json | undefined {
  const { source } = JSON.parse(status) as { source?: { failure: Json | null } };
  return source?.failure ?? undefined;
}

import { callerError, jsonAnswer, jsonObject } from '../wire/aws-json.ts';
import {
  nextRequestId,
  type Answer,
  type Dialect,
  type SandboxRequest,
  type Service,
} from '../wire/exchange.ts';

/** What is deployed of a profile in an environment. */
export interface Deployed {
  readonly content: string;
  readonly contentType?: string;
  readonly label?: string;
}

interface Session {
  readonly key: string;
  /** The deployment that the session was given last. */
  readonly given: number;
  readonly pollSeconds: number;
  /** Epoch ms. */
  readonly notBefore: number;
  readonly endsAt: number;
}

const TOKEN_MS = 24 * 3_600_000;

/** Deployments of all regions, and the sessions that follow them. */
export class AppConfigShelf {
  readonly #deployed = new Map<string, Deployed & { readonly number: number }>();
  readonly #sessions = new Map<string, Session>();
  readonly #now: () => number;
  #deployments = 0;
  #tokens = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param path `application/environment/profile`, by name. */
  deploy(region: string, path: string, deployed: Deployed): void {
    this.#deployments += 1;
    this.#deployed.set(`${region} ${path}`, { ...deployed, number: this.#deployments });
  }

  /** The first token; undefined where nothing was deployed. */
  start(region: string, path: string, pollSeconds: number): string | undefined {
    const key = `${region} ${path}`;
    if (!this.#deployed.has(key)) return undefined;
    return this.#issue({ key, given: 0, pollSeconds, notBefore: 0, endsAt: this.#now() + TOKEN_MS });
  }

  /** Takes the token: each is good once. A text says why there is nothing. */
  poll(
    token: string,
  ): (Partial<Deployed> & { readonly token: string; readonly pollSeconds: number }) | string {
    const session = this.#sessions.get(token);
    if (!session || session.endsAt <= this.#now()) return 'Token not valid';
    if (session.notBefore > this.#now()) return 'Request too early';
    this.#sessions.delete(token);
    const { pollSeconds } = session;
    const deployed = this.#deployed.get(session.key);
    const number = deployed?.number ?? 0;
    const next = this.#issue({
      ...session,
      given: number,
      notBefore: this.#now() + pollSeconds * 1000,
      endsAt: this.#now() + TOKEN_MS,
    });
    const news = deployed && number !== session.given ? deployed : {};
    return { ...news, token: next, pollSeconds };
  }

  #issue(session: Session): string {
    this.#tokens += 1;
    const token = Buffer.from(`session ${this.#tokens}`).toString('base64');
    this.#sessions.set(token, session);
    return token;
  }
}

const DIALECT: Dialect = {
  error: (status, code, message) => {
    const answer = jsonAnswer('1.1', status, { Message: message });
    return {
      ...answer,
      headers: { ...answer.headers, 'content-type': 'application/json', 'x-amzn-errortype': code },
    };
  },
  throttle: { status: 429, code: 'ThrottlingException' },
};

/** AWS AppConfig Data, restJson1: StartConfigurationSession and GetLatestConfiguration. */
export function appConfigDataService(shelf: AppConfigShelf): Service {
  return {
    name: 'appconfig',
    dialect: () => DIALECT,
    describe: ({ method, path }) => ({
      operation: method === 'POST' ? 'StartConfigurationSession' : 'GetLatestConfiguration',
      path,
    }),
    answer(request) {
      const refused = callerError(request);
      if (refused) return DIALECT.error(403, refused.code, refused.message);
      if (request.method === 'POST' && request.path.endsWith('/configurationsessions'))
        return start(shelf, request);
      if (request.method === 'GET' && request.path.endsWith('/configuration')) return poll(shelf, request);
      return DIALECT.error(404, 'ResourceNotFoundException', `no ${request.method} ${request.path}`);
    },
  };
}

function start(shelf: AppConfigShelf, request: SandboxRequest): Answer {
  const asked = jsonObject(request.body) ?? {};
  const names = ['ApplicationIdentifier', 'EnvironmentIdentifier', 'ConfigurationProfileIdentifier'];
  const path = names.map((name) => asked[name]);
  const seconds = asked['RequiredMinimumPollIntervalInSeconds'] ?? 60;
  if (!path.every((name) => typeof name === 'string')) {
    return DIALECT.error(400, 'BadRequestException', 'An identifier is missing.');
  }
  if (typeof seconds !== 'number' || seconds < 15 || seconds > 86_400) {
    return DIALECT.error(
      400,
      'BadRequestException',
      'RequiredMinimumPollIntervalInSeconds must be 15 to 86400.',
    );
  }
  const token = shelf.start(request.caller.region ?? '', path.join('/'), seconds);
  if (token === undefined)
    return DIALECT.error(404, 'ResourceNotFoundException', 'Nothing is deployed there.');
  const answer = jsonAnswer('1.1', 201, { InitialConfigurationToken: token });
  return { ...answer, headers: { ...answer.headers, 'content-type': 'application/json' } };
}

function poll(shelf: AppConfigShelf, request: SandboxRequest): Answer {
  const polled = shelf.poll(request.query.get('configuration_token') ?? '');
  if (typeof polled === 'string') return DIALECT.error(400, 'BadRequestException', polled);
  const { content = '', contentType = 'application/octet-stream', label, token, pollSeconds } = polled;
  return {
    status: 200,
    headers: {
      'content-type': contentType,
      'x-amzn-requestid': nextRequestId(),
      'next-poll-configuration-token': token,
      'next-poll-interval-in-seconds': String(pollSeconds),
      ...(label === undefined ? {} : { 'version-label': label }),
    },
    body: content,
  };
}

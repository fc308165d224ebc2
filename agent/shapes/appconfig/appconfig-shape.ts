import {
  bearerOf,
  TEXT_TYPE,
  type Generation,
  type Shape,
  type ShapeAnswer,
  type ShapeQuestion,
  type ShapeReply,
  type ShapeView,
} from '#config-service';
import { AnswerShelf, bodyOf } from '../answer-shelf.ts';
import { contentOf, PLAIN_TYPE, profileOf } from './profile.ts';
import { badRequest, notFound } from './refusal.ts';
import { readSessionRequest } from './session-request.ts';
import { parseToken, printToken, type Session } from './session-token.ts';

const AGENT = /^\/applications\/([^/]+)\/environments\/([^/]+)\/configurations\/([^/]+)$/;
const START = '/configurationsessions';
const LATEST = '/configuration';

/** Which configuration is asked for, and of it which members. */
interface Asked extends Pick<Session, 'environment' | 'profile'> {
  readonly flags: readonly string[];
}

/** What is there, by what it is known again. */
interface Content extends Pick<ShapeAnswer, 'type' | 'body'> {
  readonly fingerprint: string;
}

/** The HTTP interface of the AppConfig agent, and the AppConfig Data API of the SDKs. */
export function createAppconfigShape(): Shape {
  const contents = new AnswerShelf<Content | ShapeAnswer>();
  const answers = new AnswerShelf<ShapeAnswer>();

  const contentFor = (
    generation: Generation,
    { environment, profile }: Session,
    secrets: boolean,
    view: ShapeView,
  ): Content | ShapeAnswer =>
    contents.get(generation, JSON.stringify([environment, profile, secrets]), () =>
      find(generation, { environment, profile, flags: [] }, secrets, view),
    );

  const startSession = (
    { body, secrets }: ShapeQuestion,
    generation: Generation,
    view: ShapeView,
  ): ShapeAnswer => {
    const session = readSessionRequest(body);
    if ('wrong' in session) return badRequest(session.wrong, `${session.wrong} is missing or cannot be read`);
    const content = contentFor(generation, session, secrets, view);
    if ('status' in content) return content;
    const document = JSON.stringify({ InitialConfigurationToken: printToken(session) });
    return { status: 201, type: 'application/json', body: document };
  };

  const latest = (
    { search, secrets }: ShapeQuestion,
    generation: Generation,
    view: ShapeView,
  ): ShapeAnswer => {
    const session = parseToken(new URLSearchParams(search).get('configuration_token') ?? '');
    if (session === undefined) return badRequest('ConfigurationToken', 'the token is none of this agent');
    const content = contentFor(generation, session, secrets, view);
    if ('status' in content) return content;
    const headers = [
      'Next-Poll-Configuration-Token',
      printToken({ ...session, sent: content.fingerprint }),
      'Next-Poll-Interval-In-Seconds',
      String(session.intervalSeconds),
      ...labelOf(generation),
    ];
    // Nothing is what says that nothing changed.
    const body = content.fingerprint === session.sent ? '' : content.body;
    return { status: 200, type: content.type, body, headers };
  };

  return {
    name: 'appconfig',
    root: '',
    methodOf: (path) => (path === START ? 'POST' : path === LATEST || AGENT.test(path) ? 'GET' : undefined),
    tokensOf: ({ field }) => {
      const authorization = field('authorization');
      // SDKs sign each request; nobody here can tell whether rightly, and it says nothing of who may read.
      if (authorization === undefined || authorization.startsWith('AWS4-HMAC-SHA256 ')) return [];
      return [bearerOf(authorization) ?? authorization];
    },
    answer: (question, view): ShapeReply => {
      const generation = view.generation();
      if (generation === undefined) return 'not ready';
      if (question.path === START) return startSession(question, generation, view);
      if (question.path === LATEST) return latest(question, generation, view);
      const { path, search, secrets } = question;
      return answers.get(generation, JSON.stringify([path, search, secrets]), () =>
        fromAgent(question, generation, view),
      );
    },
  };
}

function fromAgent(
  { path, search, secrets }: ShapeQuestion,
  generation: Generation,
  view: ShapeView,
): ShapeAnswer {
  const [, environment, profile] = (AGENT.exec(path) ?? []).slice(1).map(decoded);
  if (environment === undefined || profile === undefined)
    return badRequest('ConfigurationProfileIdentifier', 'a name is not valid percent-encoding');
  const flags = new URLSearchParams(search).getAll('flag');
  const content = find(generation, { environment, profile, flags }, secrets, view);
  if ('status' in content) return content;
  const headers = ['Configuration-Version', String(generation.number), ...labelOf(generation)];
  // Who reads it by HTTP alone takes a text without a charset for Latin.
  const type = content.type === PLAIN_TYPE ? TEXT_TYPE : content.type;
  return { status: 200, type, body: content.body, headers };
}

/** A program that asks for `staging` on an instance of prod must not get what is for prod. */
function find(
  { facts, effective }: Generation,
  asked: Asked,
  secrets: boolean,
  view: ShapeView,
): Content | ShapeAnswer {
  const { environment, profile: name, flags } = asked;
  if (facts.environment === undefined || environment.toLowerCase() !== facts.environment.toLowerCase()) {
    const here = facts.environment === undefined ? 'has no environment' : `is ${facts.environment}`;
    return notFound('Environment', `this instance ${here}, not ${environment}`);
  }
  const profile = profileOf(effective, name, secrets);
  if (profile === undefined)
    return notFound('ConfigurationProfile', `there is no key ${name}, and none below it`);
  const content = contentOf(profile, flags);
  if (content === undefined) return notFound('Configuration', `not all flags are there: ${flags.join(', ')}`);
  const { type, text } = content;
  return { type, body: bodyOf(text), fingerprint: view.fingerprint(`${type}\n${text}`) };
}

function labelOf({ release }: Generation): readonly string[] {
  return release === null ? [] : ['Version-Label', release];
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

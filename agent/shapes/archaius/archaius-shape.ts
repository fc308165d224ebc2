import {
  bearerOf,
  outlineOf,
  printProperties,
  TEXT_TYPE,
  type Facts,
  type Generation,
  type Shape,
  type ShapeAnswer,
  type ShapeView,
} from '#config-service';
import { AnswerShelf, bodyOf } from '../answer-shelf.ts';
import { listText, type Version } from './list-text.ts';

const PATH = /^\/([12])\/config\.properties$/;

/**
 * Properties documents that Archaius 1 and 2 poll by URL (https://github.com/Netflix/archaius). Each takes any 200 for the whole
 * truth and deletes what is not in it, so an answer is whole or is none.
 */
export function createArchaiusShape(): Shape {
  const shelf = new AnswerShelf<ShapeAnswer>();
  return {
    name: 'archaius',
    root: '/archaius',
    methodOf: (path) => (PATH.test(path) ? 'GET' : undefined),
    // Neither of them can send one; who tries the address by hand can.
    tokensOf: ({ field }) => {
      const authorization = field('authorization');
      return authorization === undefined ? [] : [bearerOf(authorization) ?? authorization];
    },
    answer: ({ path, secrets }, view) => {
      const generation = view.generation();
      if (generation === undefined) return 'not ready';
      const version: Version = PATH.exec(path)?.[1] === '1' ? 1 : 2;
      const name = JSON.stringify([version, secrets]);
      return shelf.get(generation, name, () => answerOf(documentOf(generation, version, secrets), view));
    },
  };
}

function answerOf(text: string, view: ShapeView): ShapeAnswer {
  const headers = ['ETag', `"${view.fingerprint(text)}"`];
  return { status: 200, type: TEXT_TYPE, body: bodyOf(text), headers, chunked: true };
}

function documentOf({ effective, facts }: Generation, version: Version, secrets: boolean): string {
  const context = contextOf(facts);
  const properties = outlineOf(effective, secrets)
    .filter(({ property: { key } }) => !context.has(key))
    .map(({ property }) => [property.key, listText(property, version)] as const);
  return printProperties([...context, ...properties]);
}

/** What the deployment context of Archaius 1 reads; it has words of its own for them. */
function contextOf(facts: Facts): ReadonlyMap<string, string> {
  const { region, zone, environment, role, instanceId } = facts;
  return new Map([
    ['@region', region],
    ['@zone', zone],
    ...(environment === undefined ? [] : [['@environment', environment] as const]),
    ...(role === undefined ? [] : [['@stack', role] as const]),
    ['@serverId', instanceId],
    ['@datacenter', region],
  ]);
}

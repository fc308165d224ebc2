import {
  bearerOf,
  holdsSecrets,
  JSON_TYPE,
  TEXT_TYPE,
  type Credentials,
  type Generation,
  type Shape,
  type ShapeAnswer,
  type ShapeReply,
  type ShapeView,
} from '#config-service';
import { AnswerShelf, bodyOf } from '../answer-shelf.ts';
import { KeyNames } from './key-names.ts';
import { kvAnswer, rowOf, type Found } from './kv-answer.ts';
import { readKvQuestion, type KvQuestion } from './kv-question.ts';
import { isWholeDocument, wholeDocument } from './whole-document.ts';

const KV = '/v1/kv';

/**
 * Consul's keys and values, to be read (https://developer.hashicorp.com/consul/api-docs/kv).
 * @param prefix the folder that they stand in, without `/` at its ends; empty for none
 */
export function createConsulShape(prefix: string): Shape {
  const folder = prefix === '' ? '' : `${prefix}/`;
  const names = new WeakMap<Generation, KeyNames>();
  const shelf = new AnswerShelf<ShapeAnswer>();

  const find = (generation: Generation, asked: KvQuestion, secrets: boolean, view: ShapeView): Found => {
    const { effective, activatedAt } = generation;
    const { form, key } = asked;
    const document = key.startsWith(folder) ? key.slice(folder.length) : '';
    if (isWholeDocument(document) && (form === 'row' || form === 'raw')) {
      const text = wholeDocument(document, effective, secrets);
      const leftOut = !secrets && holdsSecrets(effective);
      return { body: form === 'raw' ? text : `[${rowOf(key, text, view.revision())}]`, leftOut };
    }
    const known = names.get(generation) ?? new KeyNames(effective, folder);
    names.set(generation, known);
    const one = form === 'row' || form === 'raw' ? [known.one(key) ?? []].flat() : known.beginningWith(key);
    return kvAnswer(asked, one, { secrets, changedAt: (name) => view.since(name) ?? activatedAt });
  };

  return {
    name: 'consul',
    root: '',
    methodOf: (path) => (path === KV || path.startsWith(`${KV}/`) ? 'GET' : undefined),
    tokensOf,
    denial: plain(403, 'Permission denied: the token is not one of this agent'),
    answer: async ({ path, search, secrets }, view) => {
      const asked = readKvQuestion(path.slice(KV.length + 1), search);
      if ('wrong' in asked) return plain(400, asked.wrong);
      const held = await untilChanged(asked, view);
      if (held !== undefined) return held;
      const generation = view.generation();
      if (generation === undefined) return 'not ready';
      // No template may believe that it reads another region.
      if (asked.dc !== '' && asked.dc !== generation.facts.region) return plain(500, 'No path to datacenter');
      const { form, key, separator } = asked;
      const name = JSON.stringify([form, key, separator, secrets, view.revision()]);
      return shelf.get(generation, name, () =>
        answerOf(form, find(generation, asked, secrets, view), view.revision()),
      );
    },
  };
}

/** A blocking query: an index that is not the present one was never given, or something changed since. */
async function untilChanged({ index, waitMs }: KvQuestion, view: ShapeView): Promise<ShapeReply | undefined> {
  const unchanged = (): boolean => view.revision() === index;
  if (index === undefined || !unchanged()) return undefined;
  const held = await view.hold(waitMs, unchanged);
  return held === 'gone' ? 'gone' : held === 'full' ? 'busy' : undefined;
}

function answerOf(form: KvQuestion['form'], { body, leftOut }: Found, revision: number): ShapeAnswer {
  const headers = [
    'X-Consul-Index',
    String(revision),
    // Without it the Go client drops the rest of what a blocking query goes by.
    'X-Consul-LastContact',
    '0',
    'X-Consul-KnownLeader',
    'true',
    ...(leftOut ? ['X-Consul-Results-Filtered-By-ACLs', 'true'] : []),
  ];
  if (body === undefined) return { status: 404, type: TEXT_TYPE, body: '', headers };
  return { status: 200, type: form === 'raw' ? TEXT_TYPE : JSON_TYPE, body: bodyOf(body), headers };
}

/** Consul says what is wrong in plain text, which its clients show. */
function plain(status: number, body: string): ShapeAnswer {
  return { status, type: TEXT_TYPE, body };
}

function tokensOf({ search, field }: Credentials): readonly string[] | 'misplaced' {
  const asParameter = search.includes('token=') ? new URLSearchParams(search).get('token') : null;
  if (asParameter !== null && asParameter !== '') return 'misplaced';
  const authorization = field('authorization');
  return [
    field('x-consul-token') ?? '',
    authorization === undefined ? '' : (bearerOf(authorization) ?? authorization),
  ].filter((token) => token !== '');
}

import {
  bearerOf,
  JSON_TYPE,
  nestedDocument,
  outlineOf,
  printNestedJson,
  printNestedYaml,
  printProperties,
  TEXT_TYPE,
  type Credentials,
  type Generation,
  type Shape,
  type ShapeAnswer,
} from '#config-service';
import { AnswerShelf, bodyOf } from '../answer-shelf.ts';
import { bindableValues } from './bindable-values.ts';
import { environmentDocument, V2_TYPE } from './environment-document.ts';
import { parseSpringPath, type SpringPath } from './spring-path.ts';

interface Document {
  readonly type: string;
  readonly text: string;
}

/** The resources of Spring Cloud Config's server. Application and profiles are echoed: role and environment of the instance select. */
export function createSpringShape(): Shape {
  const shelf = new AnswerShelf<ShapeAnswer>();
  return {
    name: 'spring',
    root: '/spring',
    methodOf: (path) => (parseSpringPath(path) === undefined ? undefined : 'GET'),
    tokensOf,
    answer: ({ path, field, secrets }, view) => {
      const generation = view.generation();
      const asked = parseSpringPath(path);
      if (generation === undefined || asked === undefined) return 'not ready';
      if (!isKnown(asked.label, generation)) return { status: 404, fault: unknownLabel(path, asked.label) };
      const v2 = field('accept')?.includes(V2_TYPE) ?? false;
      const name = JSON.stringify([path, v2, secrets]);
      return shelf.get(generation, name, () => {
        const { type, text } = documentOf(generation, asked, secrets, v2);
        return { status: 200, type, body: bodyOf(text) };
      });
    },
  };
}

function documentOf(generation: Generation, asked: SpringPath, secrets: boolean, v2: boolean): Document {
  const outline = outlineOf(generation.effective, secrets);
  switch (asked.form) {
    case 'environment': {
      const text = environmentDocument(generation, asked, secrets, v2);
      return { type: v2 ? V2_TYPE : JSON_TYPE, text };
    }
    case 'json':
      return { type: JSON_TYPE, text: `${printNestedJson(nestedDocument(outline))}\n` };
    case 'yaml':
      return { type: TEXT_TYPE, text: printNestedYaml(nestedDocument(outline)) };
    case 'properties': {
      const pairs = outline.flatMap(bindableValues).map(({ name, value }) => [name, value] as const);
      return { type: TEXT_TYPE, text: printProperties(pairs, ': ') };
    }
    default:
      return asked.form satisfies never;
  }
}

/** What people call the newest there is. */
const ALWAYS_KNOWN: ReadonlySet<string> = new Set(['main', 'master', 'latest']);

function isKnown(label: string | undefined, { release }: Generation): boolean {
  return label === undefined || ALWAYS_KNOWN.has(label) || label === release;
}

function unknownLabel(path: string, label = '') {
  return {
    code: 'LF_REQUEST_INVALID',
    operation: 'answer',
    subject: path,
    cause: `no release ${label} is active`,
    hint: 'Ask without a label, for main, master or latest, or for the id of the active release.',
  } as const;
}

/** The password of Basic counts, whatever the user; a client in Python always sends an empty one. */
function tokensOf({ field }: Credentials): readonly string[] {
  const authorization = field('authorization') ?? '';
  const basic = /^Basic +(\S+) *$/i.exec(authorization)?.[1];
  const password = basic === undefined ? undefined : passwordIn(basic);
  const token = password ?? bearerOf(authorization) ?? authorization;
  return [token, field('x-config-token') ?? ''].filter((given) => given !== '');
}

function passwordIn(basic: string): string {
  const [, ...password] = Buffer.from(basic, 'base64').toString().split(':');
  return password.join(':');
}

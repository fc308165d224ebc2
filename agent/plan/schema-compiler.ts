import { jsonOf } from '#kit/json-text.ts';
import type { ErrorObject, Options, ValidateFunction } from 'ajv';
import { DRAFTS } from './drafts.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { loadMetaSchema } from './meta-schemas.ts';
import { coerceTexts, type Matches } from './schema-coercion.ts';

/** A schema ready to judge, or why it is none. */
export type CompiledSchema =
  | {
      readonly kind: 'ready';
      /** Whether it describes nested maps, and not flat keys. */
      readonly isNested: boolean;
      /** Texts are read as what the schema asks for (`coerceTexts`). */
      readonly violations: (value: JsonObject) => readonly ErrorObject[];
    }
  | { readonly kind: 'invalid'; readonly reason: string };

/** @param text of the schema file. */
export type CompileSchema = (text: string) => CompiledSchema;

const LATEST = 'https://json-schema.org/draft/2020-12/schema';
const KNOWN_DRAFTS = 'draft-06, draft-07, 2019-09, 2020-12';

/**
 * The libraries take some 3 MB, half of it for drafts that a schema is not written in: an instance pays for what it has.
 * @param texts of all schemas that will be compiled.
 */
export async function loadSchemaCompiler(texts: readonly string[]): Promise<CompileSchema> {
  const meant = texts.map((text) => draftOf(parse(text) ?? {}));
  const wanted = DRAFTS.filter(({ pattern }) => meant.some((draft) => pattern.test(draft)));
  const [loaded, formats, { RE2JS }] = await Promise.all([
    Promise.all(
      wanted.map(async (draft) => ({
        pattern: draft.pattern,
        Judge: await draft.load(),
        meta: await loadMetaSchema(draft),
      })),
    ),
    import('ajv-formats'),
    import('re2js'),
  ]);
  // The regular expressions of JavaScript can take exponential time; a schema must not be able to stop the agent.
  const regExp = Object.assign(
    (pattern: string) => {
      const compiled = RE2JS.compile(pattern);
      // ajv keeps one expression for each text that this one says it is.
      return { test: (text: string) => compiled.matcher(text).find(), toString: () => pattern };
    },
    { code: 'linearRegExp' },
  );
  const options: Options = {
    allErrors: true,
    strict: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    logger: false,
    // By `meta`.
    validateSchema: false,
    code: { regExp },
  };
  return (text) => {
    const schema = parse(text);
    if (schema === undefined) return { kind: 'invalid', reason: 'it is not a JSON object' };
    const draft = draftOf(schema);
    const compiler = loaded.find(({ pattern }) => pattern.test(draft));
    if (compiler === undefined) return { kind: 'invalid', reason: `its $schema is none of ${KNOWN_DRAFTS}` };
    try {
      const ajv = new compiler.Judge(options);
      if (!compiler.meta(schema)) {
        return { kind: 'invalid', reason: `schema is invalid: ${ajv.errorsText(compiler.meta.errors)}` };
      }
      formats.default.default(ajv);
      const patterns = new Map<string, ReturnType<typeof regExp>>();
      const matches: Matches = (pattern, name) => {
        const compiled = patterns.get(pattern) ?? regExp(pattern);
        patterns.set(pattern, compiled);
        return compiled.test(name);
      };
      return ready(schema, ajv.compile(schema), matches);
    } catch (error) {
      // Among them a $ref to another document: nothing is ever fetched.
      return { kind: 'invalid', reason: error instanceof Error ? error.message : String(error) };
    }
  };
}

function draftOf({ $schema = LATEST }: JsonObject): string {
  return typeof $schema === 'string' ? $schema : '';
}

function ready(schema: JsonObject, validate: ValidateFunction, matches: Matches): CompiledSchema {
  return {
    kind: 'ready',
    isNested: describesMaps(schema),
    violations: (value) => (validate(coerceTexts(schema, value, matches)) ? [] : (validate.errors ?? [])),
  };
}

/** A flat key never holds a map: a schema in which one does means the nested form. */
function describesMaps({ properties }: JsonObject): boolean {
  if (!isJsonObject(properties)) return false;
  return Object.values(properties).some((part) => {
    return isJsonObject(part) && (part['type'] === 'object' || isJsonObject(part['properties']));
  });
}

function parse(text: string): JsonObject | undefined {
  const schema = jsonOf(text);
  return isJsonObject(schema) ? schema : undefined;
}

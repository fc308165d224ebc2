import { posix } from 'node:path';
import type { Liquid, Template, Token } from 'liquidjs';
import type { Problem } from '#kit/errors.ts';
import type { TemplateEntry } from '../../plan/plan.ts';
import { escapeFor } from './auto-escape.ts';
import {
  envLiteral,
  envText,
  Inexpressible,
  jsonLiteral,
  propertiesLiteral,
  shellLiteral,
  yamlLiteral,
} from './escapes.ts';
import { lintConditions, type ConditionSight } from './condition-lint.ts';
import { conditionsOf } from './liquid-conditions.ts';
import { registerNumbers } from './liquid-numbers.ts';
import { createQuoteScanner } from './quotes.ts';
import { MissingPartial, problemOf } from './template-problem.ts';
import { plainValue, textOf, type DropClass, type TemplateScope } from './template-scope.ts';

/** The largest file that is rendered or copied, in bytes. */
export const MAX_TARGET_BYTES = 4 * 1024 * 1024;

/** One template may take this long, in milliseconds, and make this many new things: far more than any file needs. */
const RENDER_MS = 2000;
const RENDER_MEMORY = 64 * 1024 * 1024;

/** A file of the folder `templates/` of one layer, by its path below it. */
export type FindPartial = (path: string) => { readonly file: string; readonly text: string } | undefined;

export interface TemplateSource {
  /** `layer/templates/nginx.conf.liquid`, for problems. */
  readonly file: string;
  readonly text: string;
  readonly format: TemplateEntry['format'];
  readonly partial: FindPartial;
}

export type RenderedTemplate =
  | { readonly kind: 'rendered'; readonly text: string }
  | { readonly kind: 'unrenderable'; readonly problem: Problem };

export interface TemplateEngine {
  /** What the root of a scope has to be made of. */
  readonly Drop: DropClass;
  /** Synchronous, reads no file, asks no clock; the same source and scope give the same text on every machine. */
  render(source: TemplateSource, root: object): RenderedTemplate;
  /** Conditions that cannot be meant, of a template that can be rendered, with its parts. */
  lint(
    source: TemplateSource,
    scope: TemplateScope,
    isSecret: ConditionSight['isSecret'],
  ): readonly Problem[];
}

/** LiquidJS is loaded here and nowhere else: an instance without templates does not pay for it. */
export async function loadTemplateEngine(): Promise<TemplateEngine> {
  const liquid = await import('liquidjs');
  const { AssignTag, Context, Drop, LiquidError, toValueSync } = liquid;
  const conditions = conditionsOf(liquid);

  /** Lenient assignment would make a misspelt key a blank: `{% assign a = nope | append: "x" %}`. */
  class StrictAssignTag extends AssignTag {
    override *render(context: InstanceType<typeof Context>): Generator<unknown, void, unknown> {
      const { key, value } = this as unknown as {
        readonly key: string;
        readonly value: InstanceType<typeof liquid.Value>;
      };
      (context.bottom() as Record<string, unknown>)[key] = yield value.value(context, false);
    }
  }

  function engineFor({ partial }: TemplateSource, files: Map<string, string>): Liquid {
    const engine = new liquid.Liquid({
      strictFilters: true,
      strictVariables: true,
      lenientIf: true,
      ownPropertyOnly: true,
      relativeReference: false,
      parseLimit: MAX_TARGET_BYTES,
      timezoneOffset: 0,
      locale: 'en-US',
      operators: conditions.operators,
      root: 'templates',
      fs: partialsOf(partial, files),
      // The type wants a text; the engine hands on to the emitter whatever this gives.
      outputEscape: (value: unknown) => new Held(value) as unknown as string,
    });
    engine.registerTag('assign', StrictAssignTag);
    conditions.register(engine);
    registerNumbers(engine, liquid);
    for (const name of LEFT_OUT_TAGS) delete engine.tags[name];
    for (const name of LEFT_OUT_FILTERS) engine.unregisterFilter(name);
    for (const [name, handler] of Object.entries(FILTERS))
      engine.registerFilter(name, { raw: true, handler });
    for (const name of DATE_FILTERS) engine.registerFilter(name, timeless(engine.filters[name]));
    return engine;
  }

  function contextFor(engine: Liquid, root: object): InstanceType<typeof Context> {
    const limits = { sync: true, globals: root, renderLimit: RENDER_MS, memoryLimit: RENDER_MEMORY };
    return new Context(Object.create(null) as object, engine.options, limits, { liquid: engine });
  }

  return {
    Drop: Drop as unknown as DropClass,
    render(source, root) {
      const files = new Map([[source.text, source.file]]);
      const engine = engineFor(source, files);
      const emitter = new EscapingEmitter(source.format);
      try {
        const templates: Template[] = engine.parse(source.text, source.file);
        const context = contextFor(engine, root);
        toValueSync(engine.renderer.renderTemplates(templates, context, emitter));
        return { kind: 'rendered', text: emitter.buffer };
      } catch (error) {
        return { kind: 'unrenderable', problem: placedProblem(error, source, files) };
      }
    },
    lint(source, scope, isSecret) {
      const files = new Map([[source.text, source.file]]);
      const engine = engineFor(source, files);
      const context = contextFor(engine, scope.root);
      const fileOf = ({ input }: Token) => files.get(input) ?? source.file;
      const sight = { context, scope, isSecret, fileOf };
      try {
        return lintConditions(liquid, engine.parse(source.text, source.file), sight);
      } catch (error) {
        // In a branch that is not taken there may be a part that nobody could render.
        return [placedProblem(error, source, files)];
      }
    },
  };

  function placedProblem(
    error: unknown,
    source: TemplateSource,
    files: ReadonlyMap<string, string>,
  ): Problem {
    if (!LiquidError.is(error))
      return problemOf(error instanceof Error ? error : new Error(), { file: source.file });
    const [line, column] = error.token.getPosition() as [number, number];
    const file = files.get(error.token.input) ?? error.token.file ?? source.file;
    return problemOf(error, { file, line, column });
  }
}

/** What is put out and not escaped yet: where it will stand is known when it is written. */
class Held {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
  /** Captured by `{% capture %}`: a text like any other, escaped when it is put out itself. */
  toString(): string {
    return textOf(this.value);
  }
}

class EscapingEmitter {
  buffer = '';
  readonly #format: TemplateEntry['format'];
  readonly #scanner: ReturnType<typeof createQuoteScanner>;
  constructor(format: TemplateEntry['format']) {
    this.#format = format;
    this.#scanner = createQuoteScanner(format);
  }
  write(piece: unknown): void {
    const text = piece instanceof Held ? escapeFor(this.#format, piece.value, this.#scanner) : textOf(piece);
    this.buffer += text;
    if (this.buffer.length > MAX_TARGET_BYTES)
      throw new Inexpressible(`it grows beyond ${MAX_TARGET_BYTES} bytes`);
    if (this.#format !== 'text' && this.#format !== 'properties') this.#scanner.feed(text);
  }
}

/** `{% include %}` and `{% render %}` find files of the same layer's `templates/`, by their path below it. */
function partialsOf(partial: FindPartial, files: Map<string, string>) {
  const find = (path: string): ReturnType<FindPartial> => {
    return path.startsWith('../') || posix.isAbsolute(path) ? undefined : partial(path);
  };
  const readFileSync = (path: string): string => {
    const found = find(path);
    if (found === undefined) throw new MissingPartial(path);
    files.set(found.text, found.file);
    return found.text;
  };
  return {
    sep: '/',
    resolve: (_folder: string, file: string) => posix.normalize(file),
    // What is not there is told when it is read: LiquidJS would quote its name.
    existsSync: yes,
    exists: () => Promise.resolve(true),
    readFileSync,
    readFile: (path: string) => Promise.resolve(readFileSync(path)),
  };
}

function yes(): boolean {
  return true;
}

/** The blocks of a layout are put together as text, past the escapes. */
const LEFT_OUT_TAGS = ['layout', 'block'];
const LEFT_OUT_FILTERS = ['sample', 'jsonify', 'inspect'];
const DATE_FILTERS = ['date', 'date_to_xmlschema', 'date_to_rfc822', 'date_to_string', 'date_to_long_string'];

const FILTERS: Readonly<Record<string, (value: unknown) => string>> = {
  json: (value) => jsonLiteral(plainOf(value)),
  yaml: (value) => yamlLiteral(plainOf(value)),
  env: (value) => envLiteral(envText(textOf(value))),
  properties: (value) => propertiesLiteral(textOf(value)),
  shell: (value) => shellLiteral(textOf(value)),
};

/** A value that is not there would be no JSON at all. */
function plainOf(value: unknown): unknown {
  return plainValue(value) ?? textOf(value);
}

type Handler = (this: unknown, value: unknown, ...more: unknown[]) => unknown;

/** A file that depends on when it was rendered would never be unchanged. */
function timeless(filter: unknown): Handler {
  return function handler(this: unknown, value, ...more) {
    if (value === 'now' || value === 'today')
      throw new Inexpressible(`the time of rendering ('${value}') cannot be put into a file`);
    return (filter as Handler).call(this, value, ...more);
  };
}

import { join } from 'node:path';
import standalone from 'ajv/dist/standalone/index.js';
import type { Plugin } from 'esbuild';
import { DRAFTS } from '#agent/plan/drafts.ts';

/** Third-party code to who asks: it is let go with the library it comes from. */
const NAME = 'node_modules/ajv/';

/**
 * Puts what ajv compiles the schema of each draft to in the place of `agent/plan/meta-schemas.ts`, which compiles it when it is
 * wanted: 45 ms of each boot with a schema.
 */
export const metaSchemas: Plugin = {
  name: 'meta-schemas',
  setup: (build) => {
    const root = build.initialOptions.absWorkingDir ?? '.';
    build.onLoad({ filter: /\/agent\/plan\/meta-schemas\.ts$/ }, () => {
      const loads = DRAFTS.map(
        ({ id }) => `[${JSON.stringify(id)}]: () => import(${JSON.stringify(NAME + id)}),`,
      );
      const contents = `const CODE = {\n${loads.join('\n')}\n};
export const loadMetaSchema = async ({ id }) => (await CODE[id]()).default;\n`;
      return { contents, loader: 'js' };
    });
    build.onResolve({ filter: new RegExp(`^${NAME}http`) }, ({ path }) => ({
      path,
      namespace: 'meta-schema',
    }));
    build.onLoad({ filter: /./, namespace: 'meta-schema' }, async ({ path }) => ({
      contents: await codeOf(path.slice(NAME.length)),
      loader: 'js',
      resolveDir: join(root, 'node_modules'),
    }));
  },
};

async function codeOf(id: string): Promise<string> {
  const draft = DRAFTS.find((one) => one.id === id);
  if (draft === undefined) throw new Error(`no draft is called ${id}`);
  const Judge = await draft.load();
  const ajv = new Judge({ allErrors: true, logger: false, code: { source: true } });
  return standalone.default(ajv, ajv.getSchema(id));
}

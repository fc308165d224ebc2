import type { ValidateFunction } from 'ajv';
import type { Draft } from './drafts.ts';

/**
 * Whether a schema is one of its draft; `errors` says why not. In the executables the build has put what ajv makes of it in the
 * place of this file (`scripts/build/meta-schemas.ts`): to compile it takes as long as the rest of a plan's application.
 */
export async function loadMetaSchema({ id, load }: Draft): Promise<ValidateFunction> {
  const Judge = await load();
  const judge = new Judge({ allErrors: true, logger: false }).getSchema(id);
  if (judge === undefined) throw new Error(`ajv does not know ${id}`);
  return judge;
}

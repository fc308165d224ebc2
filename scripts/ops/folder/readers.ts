import { createParseCache, parsing, type LayerContent, type ParseLayerFile } from '#config-service';
import { ContentCache } from '#kit/content-cache.ts';
import { memberOf } from '#agent/plan/plan-node.ts';
import { createLayerPlanCache, sheetOf, type ReadSheet } from '#agent/plan/layer-plan.ts';
import { loadSchemaCheck, type SchemaCheck } from '#agent/plan/schema-check.ts';
import { createGuardCache, type Judge } from './guard-cache.ts';
import type { GuardRules } from '../console/options.ts';

/** What reads the files of a folder and judges what is in them, each once for all kinds of instances. */
export interface Readers {
  readonly parse: ParseLayerFile;
  readonly readSheet: ReadSheet;
  readonly judge: Judge;
  /** Undefined where no plan names a schema, or nobody asks. */
  readonly checkSchemas: SchemaCheck | undefined;
}

/** For whoever wants the effective properties only. */
export function createReaders(rules: GuardRules = {}): Readers {
  return {
    parse: createParseCache((path, file) => parsing(path, file.bytes), new ContentCache(Infinity)),
    readSheet: createLayerPlanCache(new ContentCache(Infinity)),
    judge: createGuardCache(rules),
    checkSchemas: undefined,
  };
}

/** With all that it takes to check the layers. */
export async function loadReaders(layers: readonly LayerContent[], rules: GuardRules = {}): Promise<Readers> {
  const readers = createReaders(rules);
  const named = layers.flatMap((layer) => {
    const node = memberOf(sheetOf(layer, readers.readSheet)?.root, 'schema');
    const path = node?.kind === 'scalar' ? node.text : undefined;
    return layer.files.filter((file) => file.path === path);
  });
  return named.length > 0 ? { ...readers, checkSchemas: await loadSchemaCheck(named) } : readers;
}

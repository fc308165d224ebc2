import { createParseMemory, parseFile, type LayerContent, type ParseLayerFile } from '#config-service';
import { createSheetMemory, sheetOf, type ReadSheet } from '#agent/plan/plan-sheet.ts';
import { loadSchemaCheck, type SchemaCheck } from '#agent/plan/schema-check.ts';
import { createGuardMemory, type GuardRules, type Judge } from './guard-memory.ts';

/** What reads the files of a folder and judges what is in them, each once for all kinds of instances. */
export interface Readers {
  readonly parse: ParseLayerFile;
  readonly readSheet: ReadSheet;
  readonly judge: Judge;
  /** Undefined where no plan names a schema, or nobody asks. */
  readonly checkSchemas: SchemaCheck | undefined;
}

/** For whoever wants the effective properties only. */
export function createReaders(layers: readonly LayerContent[], rules: GuardRules = {}): Readers {
  const capacity = layers.reduce((sum, { files }) => sum + files.length, 1);
  return {
    parse: createParseMemory((path, file) => parseFile(path, file.bytes), capacity),
    readSheet: createSheetMemory(capacity),
    judge: createGuardMemory(rules),
    checkSchemas: undefined,
  };
}

/** With all that it takes to check the layers. */
export async function loadReaders(layers: readonly LayerContent[], rules: GuardRules = {}): Promise<Readers> {
  const readers = createReaders(layers, rules);
  const hasSchema = layers.some((layer) => sheetOf(layer, readers.readSheet)?.root?.members.has('schema'));
  return hasSchema ? { ...readers, checkSchemas: await loadSchemaCheck() } : readers;
}

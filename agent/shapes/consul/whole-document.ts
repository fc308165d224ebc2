import {
  nestedDocument,
  outlineOf,
  printNestedJson,
  printNestedYaml,
  printProperties,
  type Effective,
  type OutlineEntry,
} from '#config-service';

/** Keys that no layer sets: programs such as viper read one key that holds a document. They stand in no list of keys. */
const DOCUMENTS: ReadonlyMap<string, (outline: readonly OutlineEntry[]) => string> = new Map([
  ['landfall.json', (outline) => printNestedJson(nestedDocument(outline))],
  ['landfall.yaml', (outline) => printNestedYaml(nestedDocument(outline))],
  [
    'landfall.properties',
    (outline) => printProperties(outline.map(({ property: { key, value } }) => [key, value])),
  ],
]);

export function isWholeDocument(name: string): boolean {
  return DOCUMENTS.has(name);
}

export function wholeDocument(name: string, effective: Effective, secrets: boolean): string {
  return DOCUMENTS.get(name)?.(outlineOf(effective, secrets)) ?? '';
}

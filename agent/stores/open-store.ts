import { readStoreLayer } from '#config-service';
import { fail, type Outcome } from '#kit/outcome.ts';
import { createConfigurationReader, type ConfigurationSessionParts } from './configuration-session.ts';
import { createWebDocumentReader, type WebDocumentParts } from './web-document.ts';
import { createParameterPathReader } from './parameter-path.ts';
import { createTableReader } from './table.ts';
import type { PagedStoreParts, ReadStore } from './store-reader.ts';
import { storeFault } from './store-refusal.ts';

/** What stores of this region are reached by. */
export type StoreParts = PagedStoreParts & WebDocumentParts & ConfigurationSessionParts;

/** The reader of a layer, by its name. */
export function openStore(layer: string, parts: StoreParts): ReadStore {
  const address = readStoreLayer(layer);
  switch (address.kind) {
    case 'ssm':
      return createParameterPathReader(layer, address, parts);
    case 'https':
      return createWebDocumentReader(layer, address, parts);
    case 'appconfig':
      return createConfigurationReader(layer, address, parts);
    case 'dynamodb':
      return createTableReader(layer, address, parts);
    case 'unusable': {
      const refused: Outcome<never> = fail(
        storeFault(layer, 'LF_SETTINGS', address.reason, 'Correct LANDFALL_LAYERS.'),
      );
      return async () => refused;
    }
    default:
      return address satisfies never;
  }
}

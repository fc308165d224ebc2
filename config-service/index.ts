// The door of config-service: what the agent, the tools and programs may use. Everything else is a room of its own.
export {
  buildGeneration,
  type Generation,
  type GenerationDiff,
  type GenerationPolicy,
  type GenerationSummary,
  type LayerReport,
  type PlanPolicy,
} from './generation.ts';
export { diffEffective } from './layers/diff.ts';
export type { Facts } from './layers/facts.ts';
export type { LayerContent } from './layers/layer.ts';
export { DEFAULT_LAYER_ORDER, selectLayers, validateOrder, type Selection } from './layers/order.ts';
export { createParseMemory } from './layers/parse-memory.ts';
export { parseFile } from './properties/parse-file.ts';
export { regionsNamedBy } from './region/detector.ts';
export type { AllowEntry } from './region/guard.ts';
export { regionFacts, type RegionFacts } from './region/partitions.ts';
export { createApiServer, type ApiServer } from './server/api-server.ts';
export type {
  Desk,
  Document,
  ExpositionFormat,
  Freshness,
  OverrideRequest,
  Readiness,
} from './server/desk.ts';
export { EventLog } from './server/event-log.ts';
export { createAutoSource } from './sources/auto-source.ts';
export { blankFetch } from './sources/blank.ts';
export { createDirectorySource } from './sources/directory-source.ts';
export type { Fetched, LayerSource } from './sources/layer-source.ts';
export type { GetOptions, GetResult, ListedObject, ObjectStore } from './sources/object-store.ts';
export { createReleaseSource } from './sources/release-source.ts';
export { parseSourceAddress } from './sources/source-address.ts';
export { createTreeSource } from './sources/tree-source.ts';
export { fenceState, type FencedFile } from './store/fence.ts';
export { createLastGood } from './store/last-good.ts';
export { createOverridesFile } from './store/overrides.ts';
export { deriveSealKey, type SealKey } from './store/seal-key.ts';
export { stampOf, type Stamp } from './store/stamp.ts';
export { openStateFolder } from './store/state-folder.ts';
export { acquireStateLock } from './store/state-lock.ts';

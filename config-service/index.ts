// The door of config-service: what the agent, the tools and programs may use. Everything else is a room of its own.
export {
  buildGeneration,
  building,
  type Built,
  type Candidate,
  type Generation,
  type GenerationDiff,
  type GenerationPolicy,
  type GenerationSummary,
  type LayerReport,
  type PlanPolicy,
} from './generation.ts';
export {
  idleAllowProblem,
  missingKeys,
  shrinkFault,
  type PlacedAllow,
  type RequiredKey,
} from './generation-checks.ts';
export { diffEffective, type EffectiveDiff } from './layers/diff.ts';
export type { Effective, JsonValue, Property } from './layers/effective.ts';
export type { ExternalValue, LookUpExternal } from './layers/external.ts';
export { autoScalingGroupOf, type Facts, type Peer } from './layers/facts.ts';
export type { LayerContent, LayerFile } from './layers/layer.ts';
export { depthOf, isForRegion, placeLayer, type LayerPlace } from './layers/layer-place.ts';
export {
  DEFAULT_LAYER_ORDER,
  selectLayers,
  unusable as unusableInLayer,
  validateOrder,
  type Selection,
} from './layers/order.ts';
export { nestedDocument } from './layers/nested-document.ts';
export { holdsSecrets, outlineOf, type OutlineEntry } from './layers/outline.ts';
export { isStoreLayer, readStoreLayer, type StoreAddress } from './layers/store-layer.ts';
export { createParseCache } from './layers/parse-cache.ts';
export { meantRegion, regionSlips } from './layers/region-slips.ts';
export { resolve, type ParseLayerFile } from './layers/resolve.ts';
export { placeholderSecrets, readSecretName, type SecretName } from './layers/secret-name.ts';
export { booleanOf, integerOf, numberOf } from './layers/typed.ts';
export { envName } from './properties/env-name.ts';
export { isHtmlPage } from './properties/html-page.ts';
export type { ParsedFile } from './properties/entry.ts';
export { printNestedJson, printNestedYaml, type NestedMap } from './properties/nested.ts';
export { printProperties } from './properties/print.ts';
export { isPropertiesFile, parseFile, parsing } from './properties/parse-file.ts';
export { printStoreEntries, STORE_ENTRIES, type StoreEntry } from './properties/store-entries.ts';
export { unreadName } from './properties/unread-name.ts';
export { findEndpoints, regionsNamedBy } from './region/detect/detector.ts';
export type { Finding, Severity } from './region/detect/finding.ts';
export {
  judge,
  LENIENT,
  stricterOf,
  UNKNOWN_REGION,
  type AllowEntry,
  type GuardedValue,
  type GuardFinding,
  type GuardPolicy,
  type JudgeInput,
  type Sighted,
} from './region/guard.ts';
export {
  countOf,
  guardCodeOf,
  guardCodeOfAll,
  guardHint,
  isGuardCode,
  remedyOf,
  sentenceOf,
} from './region/guard-fault.ts';
export { MAX_IP_RANGES_BYTES, parseIpRanges, readIpRanges } from './region/detect/ip-ranges.ts';
export { hostsNamedBy } from './region/detect/named-hosts.ts';
export { printPackedRanges } from './region/detect/packed-ranges.ts';
export type { IpRanges, RangeOwner } from './region/detect/range-table.ts';
export { keyMatches } from './region/key-pattern.ts';
export { isInNetwork, isNetwork } from './region/tables/ip-address.ts';
export { knownRegions, regionFacts, type RegionFacts } from './region/tables/partitions.ts';
export { addressFindings, UNKNOWN_ADDRESS, type RegionOfAddress } from './region/detect/public-address.ts';
export { shortCode } from './region/tables/short-codes.ts';
export { endsLine, stretchesOf } from './region/detect/prefilter.ts';
export { textOfBytes, utf16Of } from './region/detect/text-of-bytes.ts';
export { roleOfFile, type TextRole } from './region/detect/text-role.ts';
export type { Halt, ReleaseCandidate } from './release/candidate.ts';
export {
  chooseRelease,
  percentAt,
  turnAt,
  type Choice,
  type ChooseRelease,
  type Track,
} from './release/cohort.ts';
export { sha256Hex } from './release/digest.ts';
export { parseSwapNotice, printSwapNotice, swapNoticeKey } from './release/swap-notice.ts';
export { healthKey, healthPrefix, parseHealth, printHealth, type Health } from './release/health.ts';
export { describeOrigin, type ReleaseOrigin } from './release/release-origin.ts';
export { historyKey, parseHistory, printHistory, type ParsedHistory } from './release/history.ts';
export { objectKey, releaseDigest, releaseIdOf, type Release, type ReleaseFile } from './release/manifest.ts';
export { follow, haltRollout, pastOf, settle, type Move } from './release/pointer-moves.ts';
export { isTrailVouchedFor, nextSequence, signPointer, verifyPointer } from './release/pointer-signing.ts';
export { parsePointer, printPointer, type ParsedPointer, type Pointer } from './release/pointer.ts';
export { relativePathProblem } from './release/relative-path.ts';
export { parseRollout, type RolloutStep } from './release/rollout.ts';
export { signRanges, unsignedRanges, verifyRanges } from './release/ranges-signing.ts';
export { signerOfPem, signRelease, verifyRelease, type ReleaseSigner } from './release/signing.ts';
export { contentId, type PastRelease } from './release/trail.ts';
export { parseTrustedKey, printTrustedKey, trustedKeyOf, type TrustedKey } from './release/trusted-key.ts';
export {
  areSameObjects,
  MAX_VOUCHED_OBJECTS,
  type VouchedObject,
  type VouchedObjects,
} from './release/vouched-objects.ts';
export { createApiServer, type ApiServer } from './server/api-server.ts';
export { bearerOf } from './server/http/bearer.ts';
export type {
  ApiBackend,
  Document,
  ExpositionFormat,
  Freshness,
  OverrideRequest,
  Readiness,
} from './server/backend/api-backend.ts';
export { EventLog, type EventKind } from './server/backend/event-log.ts';
export { JSON_TYPE, TEXT_TYPE } from './server/http/headers.ts';
export { FORMATS } from './server/routes/formats.ts';
export type { Paths } from './server/routes/paths.ts';
export { PEER_TABLE, peersOf } from './server/http/peers.ts';
export type {
  Credentials,
  Shape,
  ShapeAnswer,
  ShapeQuestion,
  ShapeReply,
  ShapeView,
} from './server/http/shape.ts';
export { createAutoSource } from './sources/auto-source.ts';
export { blankFetch } from './sources/blank.ts';
export { createDirectorySource } from './sources/directory-source.ts';
export { gather, mostDecisive } from './sources/gather.ts';
export type { Chosen, Fetched, LayerSource } from './sources/layer-source.ts';
export { overLimit } from './sources/limits.ts';
export type { GetOptions, GetResult, ListedObject, Listing, ObjectStore } from './sources/object-store.ts';
export { readAhead } from './sources/read-ahead.ts';
export { strayObjects } from './sources/stray-objects.ts';
export { createReleaseSource } from './sources/release-source.ts';
export { parseSourceAddress, type SourceAddress } from './sources/source-address.ts';
export { withStores, type Stores } from './sources/stores-source.ts';
export { createTreeSource } from './sources/tree-source.ts';
export { unsignable } from './sources/unsignable.ts';
export { emptyState, type EmptyStateOptions } from './store/fence/empty-state.ts';
export {
  fenceMounted,
  fenceState,
  type Fenced,
  type FenceMode,
  type FenceOptions,
} from './store/fence/fence.ts';
export type { FencedFile } from './store/fence/fenced-file.ts';
export { fenceHosts } from './store/fence/fenced-hosts.ts';
export {
  mayHaveHostLines,
  readHostLines,
  withHostLines,
  withoutHostLines,
  type HostLine,
} from './store/fence/host-lines.ts';
export { journalIn, readHosts, rewriteHosts, type HostsFile } from './store/fence/hosts-file.ts';
export { findLanding, keepLanding, type Landing } from './store/fence/landing.ts';
export { createLastGood } from './store/documents/last-good.ts';
export { createOverridesFile } from './store/documents/overrides.ts';
export { createRefusedCandidatesFile, type RefusedCandidate } from './store/documents/refused-candidates.ts';
export { MOUNT_TABLE } from './store/folder/mounts.ts';
export type { RenderedFile } from './store/folder/register-format.ts';
export { openReleaseSequences, type ReleaseSequences } from './store/documents/release-sequences.ts';
export {
  createRenderedRegister,
  type RegisterCopies,
  type RenderedRegister,
} from './store/folder/rendered-register.ts';
export {
  CONFIG_TREE,
  CONFIG_TREE_VARIABLES,
  fenceRunFolder,
  isConfigTreeFolder,
  isConfigTreeLink,
  TOKENS,
} from './store/fence/run-folder.ts';
export { deriveSealKey, type SealKey } from './store/seal/seal-key.ts';
export type { SealedDocument } from './store/seal/sealed-document.ts';
export { sealedRecords, type SealedRecords } from './store/seal/sealed-records.ts';
export { createSecretsCache, type KeptSecret, type SecretsCache } from './store/documents/secrets-cache.ts';
export { stampOf, type Stamp } from './store/stamp/stamp.ts';
export { startOf, type RegisterSharing } from './store/folder/shared-registers.ts';
export { createStampedFile, type StampedFile } from './store/seal/stamped-file.ts';
export { findStateFolder, openRunFolder, openStateFolder } from './store/folder/state-folder.ts';
export { acquireStateLock } from './store/folder/state-lock.ts';

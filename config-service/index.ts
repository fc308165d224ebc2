// The door of config-service: what the agent, the tools and programs may use. Everything else is a room of its own.
export {
  buildGeneration,
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
export type { Effective, Property } from './layers/effective.ts';
export type { ExternalValue, LookUpExternal } from './layers/external.ts';
export type { Facts } from './layers/facts.ts';
export type { LayerContent, LayerFile } from './layers/layer.ts';
export { depthOf, isForRegion, placeLayer, type LayerPlace } from './layers/layer-place.ts';
export {
  DEFAULT_LAYER_ORDER,
  selectLayers,
  unusable as unusableInLayer,
  validateOrder,
  type Selection,
} from './layers/order.ts';
export { createParseMemory } from './layers/parse-memory.ts';
export { meantRegion, regionSlips } from './layers/region-slips.ts';
export { resolve, type ParseLayerFile } from './layers/resolve.ts';
export { placeholderSecrets, readSecretName, type SecretName } from './layers/secret-name.ts';
export { booleanOf, integerOf, numberOf } from './layers/typed.ts';
export { envName } from './properties/env-name.ts';
export { isHtmlPage } from './properties/html-page.ts';
export type { ParsedFile } from './properties/entry.ts';
export { isPropertiesFile, parseFile } from './properties/parse-file.ts';
export { unreadName } from './properties/unread-name.ts';
export { findEndpoints, regionsNamedBy } from './region/detector.ts';
export type { Finding, Severity } from './region/finding.ts';
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
export { MAX_IP_RANGES_BYTES, parseIpRanges, readIpRanges, type IpRanges } from './region/ip-ranges.ts';
export { knownRegions, regionFacts, type RegionFacts } from './region/partitions.ts';
export { addressFindings, UNKNOWN_ADDRESS, type RegionOfAddress } from './region/public-address.ts';
export { shortCode } from './region/short-codes.ts';
export { endsLine, stretchesOf } from './region/sieve.ts';
export { textOfBytes, utf16Of } from './region/text-of-bytes.ts';
export { roleOfFile, type TextRole } from './region/text-role.ts';
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
export { historyKey, parseHistory, printHistory, type ParsedHistory } from './release/history.ts';
export { epochMsOf } from './release/iso-time.ts';
export { objectKey, releaseDigest, releaseIdOf, type Release, type ReleaseFile } from './release/manifest.ts';
export { follow, haltRollout, pastOf, settle, type Move } from './release/pointer-moves.ts';
export { isTrailVouchedFor, nextSequence, signPointer, verifyPointer } from './release/pointer-signing.ts';
export { parsePointer, printPointer, type ParsedPointer, type Pointer } from './release/pointer.ts';
export { relativePathProblem } from './release/relative-path.ts';
export { parseRollout, type RolloutStep } from './release/rollout.ts';
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
export type {
  Desk,
  Document,
  ExpositionFormat,
  Freshness,
  OverrideRequest,
  Readiness,
} from './server/desk.ts';
export { EventLog } from './server/event-log.ts';
export { FORMATS } from './server/formats.ts';
export { createAutoSource } from './sources/auto-source.ts';
export { blankFetch } from './sources/blank.ts';
export { createDirectorySource } from './sources/directory-source.ts';
export { gather } from './sources/gather.ts';
export type { Chosen, Fetched, LayerSource } from './sources/layer-source.ts';
export { overLimit } from './sources/limits.ts';
export type { GetOptions, GetResult, ListedObject, Listing, ObjectStore } from './sources/object-store.ts';
export { readAhead } from './sources/read-ahead.ts';
export { strayObjects } from './sources/stray-objects.ts';
export { createReleaseSource } from './sources/release-source.ts';
export { parseSourceAddress } from './sources/source-address.ts';
export { createTreeSource } from './sources/tree-source.ts';
export { unsignable } from './sources/unsignable.ts';
export { emptyState, type EmptyStateOptions } from './store/empty-state.ts';
export { fenceMounted, fenceState, type Fenced, type FenceMode, type FenceOptions } from './store/fence.ts';
export type { FencedFile } from './store/fenced-file.ts';
export { findLanding, keepLanding, type Landing } from './store/landing.ts';
export { createLastGood } from './store/last-good.ts';
export { createOverridesFile } from './store/overrides.ts';
export { createRefusedCandidatesFile, type RefusedCandidate } from './store/refused-candidates.ts';
export { MOUNT_TABLE } from './store/mounts.ts';
export type { RenderedFile } from './store/register-format.ts';
export { openReleaseSequences, type ReleaseSequences } from './store/release-sequences.ts';
export {
  createRenderedRegister,
  type RegisterCopies,
  type RenderedRegister,
} from './store/rendered-register.ts';
export { fenceRunFolder } from './store/run-folder.ts';
export { deriveSealKey, type SealKey } from './store/seal-key.ts';
export type { SealedDocument } from './store/sealed-document.ts';
export { sealedRecords, type SealedRecords } from './store/sealed-records.ts';
export { createSecretsCache, type KeptSecret, type SecretsCache } from './store/secrets-cache.ts';
export { stampOf, type Stamp } from './store/stamp.ts';
export { startOf, type RegisterSharing } from './store/shared-registers.ts';
export { createStampedFile, type StampedFile } from './store/stamped-file.ts';
export { findStateFolder, openStateFolder } from './store/state-folder.ts';
export { acquireStateLock } from './store/state-lock.ts';

import {
  createLastGood,
  createOverridesFile,
  createRefusedCandidatesFile,
  createSecretsCache,
  createStampedFile,
  type Fetched,
  type RefusedCandidate,
  type RegisterSharing,
  type SealedDocument,
  sealedRecords,
  type SealedRecords,
  type SealKey,
  type SecretsCache,
  type Stamp,
  type StampedFile,
} from '#config-service';
import type { Clock } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import type { Outcome } from '#kit/outcome.ts';
import { createSerial } from '#kit/serial.ts';
import type { ApplyStore, RenderedRegister } from '../../apply/apply-store.ts';
import { keptRegister, passingApplyStore, sealedApplyStore, unwritableRegister } from './apply-memory.ts';
import { faultFields } from './fault-fields.ts';
import type { ActiveOverride } from './override-set.ts';

/** The last known good: what was fetched, and when (epoch ms). */
export interface Kept {
  readonly fetched: Fetched;
  readonly savedAt: number;
}

/** Who keeps records of its own. */
export type RecordFamily = 'output' | 'metrics' | 'termination' | 'peers';

/** What is kept in clear, for it holds no values. */
export type StampedName = 'logs.a' | 'logs.b' | 'logs.recent' | 'releases';

/** What survives a restart of this instance, stamped, and sealed where it holds values (law 3). */
export interface StateStore {
  /** For `status`: whether values are kept, and if not, why. */
  readonly state: string;
  load(): Promise<Kept | undefined>;
  save(fetched: Fetched, tags: ReadonlyMap<string, string>): Promise<void>;
  loadOverrides(): Promise<readonly ActiveOverride[]>;
  saveOverrides(overrides: readonly ActiveOverride[]): Promise<void>;
  loadRefusedCandidates(): Promise<readonly RefusedCandidate[]>;
  saveRefusedCandidates(refused: readonly RefusedCandidate[]): Promise<void>;
  /** Undefined where nothing can be kept. */
  readonly secrets: SecretsCache | undefined;
  readonly apply: ApplyStore;
  readonly register: RenderedRegister;
  /** Places where no copy of the register could be written, and why. */
  readonly unshared: () => readonly string[];
  /** What a pipeline keeps, one file a record; undefined where nothing can be kept. */
  records<Name extends string = string>(family: RecordFamily): SealedRecords<Name> | undefined;
  /** Needs a folder and no key; undefined where nothing can be kept. */
  stamped(name: StampedName): StampedFile | undefined;
}

export interface StateStoreParts {
  /** As `openStateFolder` left it. */
  readonly folder: Outcome<string>;
  readonly here: Stamp;
  readonly key: SealKey | undefined;
  /** Effective user id of this process. */
  readonly uid: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where copies of the register are kept; undefined: nowhere. */
  readonly sharing?: RegisterSharing;
}

/** Without a usable folder nothing is kept, without a key (no signature) nothing that holds values, and `status` says why. */
export function createStateStore({
  folder,
  here,
  key,
  uid,
  clock,
  logger,
  sharing,
}: StateStoreParts): StateStore {
  if (folder.kind !== 'ok')
    return {
      ...forgetful(`nothing is kept: ${folder.fault.cause}`),
      register: unwritableRegister(folder),
      unshared: () => [],
      stamped: () => undefined,
    };
  let unshared: readonly string[] = [];
  const copies = sharing && {
    sharing,
    onUnshared: (failed: readonly string[]) => {
      if (failed.length > 0 && failed.join() !== unshared.join())
        logger.warn('the register cannot be copied to each volume', { failed });
      unshared = failed;
    },
  };
  const clear = {
    register: keptRegister(folder.value, here, uid, logger, copies),
    unshared: () => unshared,
    stamped: (name: StampedName) => createStampedFile(folder.value, name, here, uid),
  };
  if (!key) return { ...forgetful(UNSEALABLE), ...clear };
  const lastGood = createLastGood(folder.value, key);
  const overridesFile = createOverridesFile(folder.value, key);
  const refusedFile = createRefusedCandidatesFile(folder.value, key);
  const read = async <Content>(what: string, file: SealedDocument<Content>): Promise<Content | undefined> => {
    const loaded = await file.load();
    if (loaded.kind === 'loaded') return loaded.content;
    if (loaded.kind === 'ignored') {
      const { why, reason } = loaded;
      logger.warn(`${what} in the state folder cannot be used`, { why, reason });
    }
    return undefined;
  };
  const unsaved = (outcome: Outcome<void>): void => {
    if (outcome.kind !== 'ok') logger.warn('state could not be kept', faultFields(outcome.fault));
  };
  // One write after the other: of two under way the older might come to lie on top.
  const overridesSaves = createSerial();
  const refusedSaves = createSerial();
  return {
    state: 'sealed for this instance',
    async load() {
      const remembered = await read('the last known good', lastGood);
      if (!remembered) return undefined;
      const { savedAt, tags: _, ...rest } = remembered;
      return { savedAt, fetched: { ...rest, unchanged: false } };
    },
    async save({ release, layout, layers, etags, objects }, tags) {
      const vouched = objects ? { objects } : {};
      unsaved(
        await lastGood.save({ release, layout, layers, etags, ...vouched, tags, savedAt: clock.now() }),
      );
    },
    loadOverrides: async () => (await read('the overrides', overridesFile)) ?? [],
    saveOverrides(overrides) {
      return overridesSaves.run(async () => unsaved(await overridesFile.save(overrides)));
    },
    loadRefusedCandidates: async () => (await read('the list of refused candidates', refusedFile)) ?? [],
    saveRefusedCandidates(refused) {
      return refusedSaves.run(async () => unsaved(await refusedFile.save(refused)));
    },
    secrets: createSecretsCache(folder.value, key),
    apply: sealedApplyStore(folder.value, key, logger),
    ...clear,
    records: <Name extends string>(family: RecordFamily) => sealedRecords<Name>(folder.value, key, family),
  };
}

const UNSEALABLE =
  'nothing is kept that holds values: the metadata service gives no signature to seal it with';

function forgetful(state: string): Omit<StateStore, 'register' | 'stamped' | 'unshared'> {
  return {
    state,
    load: async () => undefined,
    save: async () => {},
    loadOverrides: async () => [],
    saveOverrides: async () => {},
    loadRefusedCandidates: async () => [],
    saveRefusedCandidates: async () => {},
    secrets: undefined,
    apply: passingApplyStore(),
    records: () => undefined,
  };
}

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createAutoSource,
  createDirectorySource,
  createReleaseSource,
  createTreeSource,
  parseSourceAddress,
  readAhead,
  unsignable,
  withStores,
  type ChooseRelease,
  type Facts,
  type ReleaseSequences,
  type Stores,
} from '#config-service';
import { errnoOf, errnoOrText } from '#kit/errno.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { RegionalClients } from '../../aws/regional-clients.ts';
import type { Settings } from '../../settings/settings.ts';
import { readTrustedKeys } from '../../settings/trusted-keys.ts';
import type { OpenedSource, ReadBelow } from './scope.ts';

export interface SourceOpenerOptions {
  readonly settings: Pick<Settings, 'source' | 'layout' | 'bucketOwner' | 'trustedKeys' | 'notOlderThan'>;
  readonly clients: RegionalClients;
  readonly region: string;
  /** True when this instance was ever served a release: then a tree is not taken for one (docs/sources.md). */
  readonly seenRelease: boolean;
  /** Sequences of the signed pointers that were followed. */
  readonly sequences?: ReleaseSequences;
  /** Readers of the layers in other stores; left out where the order names none. */
  readonly stores?: Stores | undefined;
  /** Without it, the stable release. */
  readonly choose?: ChooseRelease;
}

/**
 * Turns the source setting, filled with the facts as they are now, into something to fetch from; the same address gives the
 * same source.
 * @param early when given, the first requests of the source are sent at once, to be ended by this signal.
 */
export type SourceOpener = (facts: Facts, early?: AbortSignal) => Outcome<OpenedSource>;

export function createSourceOpener(options: SourceOpenerOptions): SourceOpener {
  const { settings, clients, region, seenRelease, choose, sequences, stores } = options;
  const keys = readTrustedKeys(settings.trustedKeys);
  let last: OpenedSource | undefined;
  return (facts, early) => {
    if (keys.kind !== 'ok') return keys;
    const trustedKeys = keys.value;
    if (trustedKeys.length === 0 && settings.notOlderThan !== undefined) return fail(UNSIGNED_TIME);
    if (stores && trustedKeys.length > 0) return fail(UNSIGNED_STORES);
    const address = parseSourceAddress(settings.source, facts);
    if (address.kind !== 'ok') return address;
    if (address.value.kind === 'directory') {
      const { path } = address.value;
      if (trustedKeys.length > 0) return unsignable(`file://${path}`);
      const read: ReadBelow = (name, { maxBytes }) => readFileBelow(path, name, maxBytes);
      const source = createDirectorySource(path);
      return ok({ address: `file://${path}`, source: stores ? withStores(source, stores) : source, read });
    }
    const { bucket, prefix } = address.value;
    const owner = settings.bucketOwner || undefined;
    const bucketStore = clients.objectStore(bucket, owner);
    const home = prefix === '' ? bucketStore.address : `${bucketStore.address}/${prefix}`;
    if (last?.address === home) return ok(last);
    if (settings.layout === 'tree' && trustedKeys.length > 0) return unsignable(home);
    const pointer = settings.layout !== 'tree';
    const tree = settings.layout === 'tree' || (settings.layout === 'auto' && !seenRelease);
    const store = early ? readAhead(bucketStore, { prefix, pointer, tree, signal: early }) : bucketStore;
    const place = {
      store,
      prefix,
      region,
      trustedKeys,
      ...(sequences ? { sequences } : {}),
      ...(choose ? { choose } : {}),
    };
    const source = {
      auto: () => createAutoSource({ ...place, seenRelease }),
      release: () => createReleaseSource(place),
      tree: () => createTreeSource(place),
    }[settings.layout]();
    const writer = clients.objectWriter(bucket, owner);
    const below = (name: string): string => (prefix === '' ? name : `${prefix}/${name}`);
    last = {
      address: home,
      source: stores ? withStores(source, stores) : source,
      write: (name, bytes, signal) => writer.put(below(name), bytes, signal),
      read: (name, request) => bucketStore.get(below(name), request),
      list: async (name, signal) => {
        const listed = await bucketStore.list(below(name), { signal });
        if (listed.kind !== 'ok') return listed;
        const cut = below('').length;
        return ok(listed.value.objects.map((object) => ({ ...object, key: object.key.slice(cut) })));
      },
    };
    return ok(last);
  };
}

const UNSIGNED_STORES = {
  code: 'LF_SIGNATURE_MISSING',
  operation: 'verify',
  subject: 'the layers of LANDFALL_LAYERS',
  cause: 'what lies in another store than S3 carries no signature, and trusted keys are set',
  hint: 'Take those layers out, and publish what they hold in a signed release; secrets can be referred to. Or unset LANDFALL_TRUSTED_KEYS.',
} as const;

const UNSIGNED_TIME = {
  code: 'LF_SETTINGS',
  operation: 'read',
  subject: 'notOlderThan',
  cause: 'without trusted keys nobody vouches for the age of a release',
  hint: 'Set LANDFALL_TRUSTED_KEYS too, or take LANDFALL_NOT_OLDER_THAN away.',
} as const;
async function readFileBelow(folder: string, name: string, maxBytes: number): ReturnType<ReadBelow> {
  const path = join(folder, name);
  const refuse = (cause: string) =>
    fail({
      code: 'LF_SOURCE_UNREACHABLE',
      operation: 'read',
      subject: path,
      cause,
      hint: 'Make it a file that this user may read.',
    });
  try {
    const { size, mtimeMs } = await stat(path);
    if (size > maxBytes) return refuse(`${size} bytes are more than ${maxBytes}`);
    return ok({ kind: 'found', bytes: await readFile(path), etag: `${mtimeMs}` });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return ok({ kind: 'absent' });
    return refuse(`the system says ${errnoOrText(error)}`);
  }
}

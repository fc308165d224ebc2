import {
  createAutoSource,
  createDirectorySource,
  createReleaseSource,
  createTreeSource,
  parseSourceAddress,
  unsignable,
  type ChooseRelease,
  type Facts,
} from '#config-service';
import { ok, type Outcome } from '#kit/outcome.ts';
import type { RegionalClients } from '../aws/regional-clients.ts';
import type { Settings } from '../settings/settings.ts';
import { readTrustedKeys } from '../settings/trusted-keys.ts';
import type { OpenedSource } from './scope.ts';

export interface SourceOpenerOptions {
  readonly settings: Pick<Settings, 'source' | 'layout' | 'bucketOwner' | 'trustedKeys'>;
  readonly clients: RegionalClients;
  readonly region: string;
  /** True when this instance was ever served a release: then a tree is not taken for one (DESIGN section 4). */
  readonly seenRelease: boolean;
  /** Without it, the stable release. */
  readonly choose?: ChooseRelease;
}

/** Turns the source setting, filled with the facts as they are now, into something to fetch from. */
export function createSourceOpener(options: SourceOpenerOptions): (facts: Facts) => Outcome<OpenedSource> {
  const { settings, clients, region, seenRelease, choose } = options;
  const keys = readTrustedKeys(settings.trustedKeys);
  return (facts) => {
    if (keys.kind !== 'ok') return keys;
    const trustedKeys = keys.value;
    const address = parseSourceAddress(settings.source, facts);
    if (address.kind !== 'ok') return address;
    if (address.value.kind === 'directory') {
      const { path } = address.value;
      if (trustedKeys.length > 0) return unsignable(`file://${path}`);
      return ok({ address: `file://${path}`, source: createDirectorySource(path) });
    }
    const { bucket, prefix } = address.value;
    const owner = settings.bucketOwner || undefined;
    const store = clients.objectStore(bucket, owner);
    const home = prefix === '' ? store.address : `${store.address}/${prefix}`;
    if (settings.layout === 'tree' && trustedKeys.length > 0) return unsignable(home);
    const place = { store, prefix, region, trustedKeys, ...(choose ? { choose } : {}) };
    const source = {
      auto: () => createAutoSource({ ...place, seenRelease }),
      release: () => createReleaseSource(place),
      tree: () => createTreeSource(place),
    }[settings.layout]();
    const writer = clients.objectWriter(bucket, owner);
    return ok({
      address: home,
      source,
      write: (name, bytes, signal) => writer.put(prefix === '' ? name : `${prefix}/${name}`, bytes, signal),
    });
  };
}

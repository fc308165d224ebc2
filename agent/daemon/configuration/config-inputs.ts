import {
  chooseRelease,
  createParseCache,
  parsing,
  type GenerationPolicy,
  type ReleaseSequences,
  type Stores,
} from '#config-service';
import type { Settings } from '../../settings/settings.ts';
import type { AddressBook } from './address-book.ts';
import type { Caches } from './caches.ts';
import { FactsReader } from './facts-reader.ts';
import { NamedFactsReader } from './named-facts.ts';
import type { BootContext } from '../boot/boot-context.ts';
import type { Host } from '../runtime/host.ts';
import { createSourceOpener, type SourceOpener } from './source-opener.ts';

export interface ReadingParts {
  readonly settings: Settings;
  readonly host: Host;
  readonly bootContext: Pick<BootContext, 'identity' | 'imds' | 'clients'>;
  /** See `SourceOpenerOptions`. */
  readonly seenRelease: boolean;
  readonly sequences?: ReleaseSequences;
  readonly stores?: Stores | undefined;
  /** Digests of the candidates that are not to be chosen. */
  readonly avoid: () => ReadonlySet<string>;
  readonly readPolicy: GenerationPolicy['readPlan'];
  readonly addresses: Pick<AddressBook, 'regionOf'>;
  readonly caches: Pick<Caches, 'parsed' | 'beginRound'>;
}

/** What it takes to read a configuration: for whom, from where, and by which rules it is judged. */
export interface Reading {
  readonly facts: FactsReader;
  readonly namedFacts: NamedFactsReader;
  readonly openSource: SourceOpener;
  readonly policy: GenerationPolicy;
}

export function createReading(parts: ReadingParts): Reading {
  const { settings, host, bootContext, seenRelease, sequences, stores, avoid, readPolicy, addresses } = parts;
  const { identity, imds, clients } = bootContext;
  const { clock, logger } = host;
  const { instanceId, region } = identity;
  return {
    facts: new FactsReader({
      identity,
      imds,
      describeTags: (signal) => clients.describeTags(instanceId, signal),
      names: settings,
      clock,
      logger,
    }),
    namedFacts: new NamedFactsReader(imds, clock),
    openSource: createSourceOpener({
      settings,
      clients,
      region,
      seenRelease,
      ...(sequences ? { sequences } : {}),
      stores,
      choose: (pointer) => chooseRelease(pointer, { instanceId, now: clock.now(), avoid: avoid() }),
    }),
    policy: {
      guard: settings.guard,
      strictness: settings.strictness,
      addresses: () => addresses.regionOf(),
      readPlan: readPolicy,
      maxShrink: settings.maxShrink,
      parse: createParseCache((path, file) => parsing(path, file.bytes), parts.caches.parsed),
      beginRound: () => parts.caches.beginRound(),
    },
  };
}

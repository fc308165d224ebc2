import {
  chooseRelease,
  createParseMemory,
  parseFile,
  type GenerationPolicy,
  type ReleaseSequences,
} from '#config-service';
import type { Settings } from '../settings/settings.ts';
import type { AddressBook } from './address-book.ts';
import type { Caches } from './caches.ts';
import { FactsReader } from './facts-reader.ts';
import type { Grounds } from './grounds.ts';
import type { Host } from './host.ts';
import { createSourceOpener, type SourceOpener } from './source-opener.ts';

export interface ReadingParts {
  readonly settings: Settings;
  readonly host: Host;
  readonly grounds: Pick<Grounds, 'identity' | 'imds' | 'clients'>;
  /** See `SourceOpenerOptions`. */
  readonly seenRelease: boolean;
  readonly sequences?: ReleaseSequences;
  /** Digests of the candidates that are not to be chosen. */
  readonly avoid: () => ReadonlySet<string>;
  readonly readPolicy: GenerationPolicy['readPlan'];
  readonly addresses: Pick<AddressBook, 'regionOf'>;
  readonly caches: Pick<Caches, 'parsed' | 'beginRound'>;
}

/** What it takes to read a configuration: for whom, from where, and by which rules it is judged. */
export interface Reading {
  readonly facts: FactsReader;
  readonly openSource: SourceOpener;
  readonly policy: GenerationPolicy;
}

export function createReading(parts: ReadingParts): Reading {
  const { settings, host, grounds, seenRelease, sequences, avoid, readPolicy, addresses } = parts;
  const { identity, imds, clients } = grounds;
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
    openSource: createSourceOpener({
      settings,
      clients,
      region,
      seenRelease,
      ...(sequences ? { sequences } : {}),
      choose: (pointer) => chooseRelease(pointer, { instanceId, now: clock.now(), avoid: avoid() }),
    }),
    policy: {
      guard: settings.guard,
      strictness: settings.strictness,
      addresses: () => addresses.regionOf(),
      readPlan: readPolicy,
      maxShrink: settings.maxShrink,
      parse: createParseMemory((path, file) => parseFile(path, file.bytes), parts.caches.parsed),
      beginRound: () => parts.caches.beginRound(),
    },
  };
}

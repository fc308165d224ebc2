import { askResolvers, type Resolution } from '../across/resolvers.ts';
import type { Holdings } from './holdings.ts';

/** A DNS name, and who is asked for it. */
export interface AskedName {
  readonly name: string;
  readonly resolvers: readonly string[];
}

/** Where an answer leads: to the address that is moved, to one of the two for good, or to neither. */
export type Whither = 'moved' | 'blue' | 'green' | 'elsewhere' | 'unanswered';

/** What a resolver says, beside what the two instances have. */
export interface NameReading extends Resolution {
  readonly leadsTo: readonly Whither[];
}

/** Whoever is asked; none without a name, and when nothing is known of the two. */
export async function readNames(
  asked: AskedName | undefined,
  holdings: Holdings | undefined,
): Promise<readonly NameReading[]> {
  if (!asked || !holdings) return [];
  // Of its own: the end is told also when the command's time is up.
  const resolutions = await askResolvers(asked.name, asked.resolvers, new AbortController().signal);
  return resolutions.map((resolution) => nameReadingOf(resolution, holdings));
}

/** `blue` is the old address: whoever asks this resolver goes there for up to `ttl` more seconds. */
function nameReadingOf(resolution: Resolution, holdings: Holdings): NameReading {
  const { addresses } = resolution;
  const leadsTo = new Set(addresses.map((address) => whitherOf(address, holdings)));
  return { ...resolution, leadsTo: addresses.length === 0 ? ['unanswered'] : [...leadsTo] };
}

function whitherOf(address: string, { addresses, blue, green }: Holdings): Whither {
  if (addresses.some(({ ip }) => ip === address)) return 'moved';
  const has = (instance: Holdings['blue']): boolean =>
    instance !== undefined &&
    (instance.publicIps.includes(address) || instance.places.some(({ privateIp }) => privateIp === address));
  if (has(green)) return 'green';
  return has(blue) ? 'blue' : 'elsewhere';
}

const WORDS: Readonly<Record<Whither, string>> = {
  moved: 'moves along',
  blue: 'the old address',
  green: 'the new address',
  elsewhere: 'of neither',
  unanswered: 'no answer',
};

/** A row for a table: resolver, addresses, TTL, where they lead. */
export function nameRow({ resolver, addresses, ttl, trouble, leadsTo }: NameReading): readonly string[] {
  return [
    resolver,
    addresses.join(' ') || (trouble ?? ''),
    ttl === null ? '' : `TTL ${ttl}s`,
    leadsTo.map((whither) => WORDS[whither]).join(', '),
  ];
}

export function nameDocument({ resolver, addresses, ttl, trouble, leadsTo }: NameReading): object {
  return { resolver, addresses, ttl, leads_to: leadsTo, trouble };
}

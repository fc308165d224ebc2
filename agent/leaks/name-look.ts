import { findEndpoints, hostsNamedBy, type IpRanges } from '#config-service';

/** A property of the effective configuration. */
export interface NamedValue {
  readonly key: string;
  readonly value: string;
}

/** What the resolver of this host says of a name. */
export interface Resolved {
  /** The names it is another word for, in the order they follow each other. */
  readonly aliases: readonly string[];
  readonly addresses: readonly string[];
}

/** Never rejects: a name that nobody knows has neither aliases nor addresses. */
export type ResolveName = (host: string, signal: AbortSignal) => Promise<Resolved>;

/** A name of ours that ends in another region. */
export interface FarName {
  readonly host: string;
  readonly keys: readonly string[];
  readonly region: string;
  /** The alias, or the address, that says so. */
  readonly endsAt: string;
}

export interface NameLook {
  readonly far: readonly FarName[];
  /** Keys by the addresses that their hosts have now. */
  readonly keysOf: ReadonlyMap<string, readonly string[]>;
  readonly names: number;
  /** Names beyond those that are asked for. */
  readonly left: number;
}

/** A resolver of EC2 takes 1,024 packets a second of an instance; a name costs three to five. */
const MAX_NAMES = 200;
const AT_ONCE = 4;

/**
 * Asks what the names of the configuration lead to here. Names of this region's own endpoints are not asked for: what they say is
 * where they are.
 */
export async function lookAtNames(
  values: Iterable<NamedValue>,
  home: string,
  ranges: () => Pick<IpRanges, 'regionOf'> | undefined,
  resolve: ResolveName,
  signal: AbortSignal,
): Promise<NameLook> {
  const keysByHost = hostsOf(values, home);
  const hosts = [...keysByHost.keys()];
  const far: FarName[] = [];
  const keysOf = new Map<string, readonly string[]>();
  const waiting = hosts.slice(0, MAX_NAMES);
  const work = async (): Promise<void> => {
    for (let host = waiting.shift(); host !== undefined; host = waiting.shift()) {
      const keys = keysByHost.get(host) ?? [];
      const { aliases, addresses } = await resolve(host, signal);
      for (const address of addresses) keysOf.set(address, [...(keysOf.get(address) ?? []), ...keys]);
      const end = farAlias(aliases, home) ?? farAddress(addresses, home, ranges());
      if (end) far.push({ host, keys, ...end });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const left = Math.max(0, hosts.length - MAX_NAMES);
  return {
    far: far.toSorted((a, b) => (a.host < b.host ? -1 : 1)),
    keysOf,
    names: hosts.length - left,
    left,
  };
}

function hostsOf(values: Iterable<NamedValue>, home: string): ReadonlyMap<string, readonly string[]> {
  const keysByHost = new Map<string, string[]>();
  for (const { key, value } of values) {
    for (const host of hostsNamedBy(key, value)) {
      const regions = regionsOf(host);
      if (regions.length > 0 && regions.every((region) => region === home)) continue;
      const keys = keysByHost.get(host);
      if (keys) keys.push(key);
      else keysByHost.set(host, [key]);
    }
  }
  return keysByHost;
}

function farAlias(aliases: readonly string[], home: string): Pick<FarName, 'region' | 'endsAt'> | undefined {
  for (const endsAt of aliases) {
    const region = regionsOf(endsAt).find((one) => one !== home);
    if (region !== undefined) return { region, endsAt };
  }
  return undefined;
}

function farAddress(
  addresses: readonly string[],
  home: string,
  ranges: Pick<IpRanges, 'regionOf'> | undefined,
): Pick<FarName, 'region' | 'endsAt'> | undefined {
  for (const endsAt of addresses) {
    const region = ranges?.regionOf(endsAt) ?? home;
    if (region !== home) return { region, endsAt };
  }
  return undefined;
}

/** Of an endpoint; what is only a hint, or belongs to some region, says nothing. */
function regionsOf(host: string): readonly string[] {
  return findEndpoints(host).flatMap(({ region, severity }) =>
    region !== null && (severity === 'error' || severity === 'warning') ? [region] : [],
  );
}

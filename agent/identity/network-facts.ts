import { ok, type Outcome } from '#kit/outcome.ts';
import type { Imds } from './imds.ts';

const LOCAL_HOSTNAME = 'latest/meta-data/local-hostname';
const PUBLIC_ADDRESS = 'latest/meta-data/public-ipv4';
const MAC = 'latest/meta-data/mac';
const CARDS = 'latest/meta-data/network/interfaces/macs';

/** What the metadata service knows of the instance's place in its network, each asked for where somebody names it. */
export const NETWORK_FACTS = ['hostname', 'publicIp', 'subnet', 'vpc'] as const;
export type NetworkFact = (typeof NETWORK_FACTS)[number];

/** Undefined: the metadata service has no such item. */
export async function readNetworkFact(
  imds: Pick<Imds, 'read'>,
  fact: NetworkFact,
  signal: AbortSignal,
): Promise<Outcome<string | undefined>> {
  if (fact === 'hostname') return firstWord(await imds.read(LOCAL_HOSTNAME, signal));
  if (fact === 'publicIp') return firstWord(await imds.read(PUBLIC_ADDRESS, signal));
  const mac = firstWord(await imds.read(MAC, signal));
  if (mac.kind !== 'ok' || mac.value === undefined) return mac;
  return firstWord(await imds.read(`${CARDS}/${mac.value}/${fact}-id`, signal));
}

/** With several names of DHCP options they stand one behind the other. */
function firstWord(read: Outcome<string | undefined>): Outcome<string | undefined> {
  return read.kind === 'ok' ? ok(read.value?.trim().split(/\s+/)[0] || undefined) : read;
}

/**
 * The name that the VPC gave this instance. Not that of the system, which a copied disk brings along from where it was.
 * Undefined when the metadata service has none, or does not answer.
 */
export async function readHostname(imds: Imds): Promise<string | undefined> {
  const read = firstWord(await imds.read(LOCAL_HOSTNAME));
  return read.kind === 'ok' ? read.value : undefined;
}

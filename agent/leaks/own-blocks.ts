import { isInNetwork } from '#config-service';
import type { Imds } from '../identity/imds.ts';

/**
 * The networks of this instance's VPC, by its first interface: a VPC may have been given public addresses that AWS announces
 * elsewhere. Empty where the metadata service does not say.
 */
export async function readOwnBlocks(
  imds: Pick<Imds, 'read'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const read = async (path: string): Promise<string | undefined> => {
    const item = await imds.read(`latest/meta-data/${path}`, signal);
    return item.kind === 'ok' ? item.value : undefined;
  };
  const mac = await read('mac');
  if (mac === undefined || !/^[0-9a-f:]{17}$/i.test(mac.trim())) return [];
  const at = `network/interfaces/macs/${mac.trim()}`;
  const blocks = await Promise.all(
    ['vpc-ipv4-cidr-blocks', 'vpc-ipv6-cidr-blocks'].map((name) => read(`${at}/${name}`)),
  );
  return blocks.flatMap((text) => (text ?? '').split(/\s+/).filter((block) => block !== ''));
}

export function isOwnBlock(networks: readonly string[], address: string): boolean {
  return networks.some((network) => isInNetwork(network, address));
}

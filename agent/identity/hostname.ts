import type { Imds } from './imds.ts';

const LOCAL_HOSTNAME = 'latest/meta-data/local-hostname';

/**
 * The name that the VPC gave this instance. Not that of the system, which a copied disk brings along from where it was.
 * Undefined when the metadata service has none, or does not answer.
 */
export async function readHostname(imds: Imds): Promise<string | undefined> {
  const read = await imds.read(LOCAL_HOSTNAME);
  // With several names of DHCP options they stand one behind the other.
  return read.kind === 'ok' ? read.value?.trim().split(/\s+/)[0] || undefined : undefined;
}

/** A host of the DNS, by what RFC 1123 allows, with at least one dot. */
const HOST = '(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?';

/** Behind a scheme, and behind user and password. */
const IN_URL = new RegExp(`[a-z]://(?:[^\\s/@,;"'<>]{0,200}@)?(${HOST})(?![\\w-])`, 'gi');
/** A port says that it is no name of a class or a file. */
const WITH_PORT = new RegExp(`(?<![\\w.@/-])(${HOST}):\\d{1,5}(?!\\d)`, 'gi');
const OF_AWS = new RegExp(`(?<![\\w.@-])(${HOST}\\.amazonaws\\.com(?:\\.cn)?)(?![\\w-])`, 'gi');
const ALONE = new RegExp(`^(${HOST})$`, 'i');

/** What keys of hosts are called; of `main.class: com.acme.Main` nobody asks a resolver. */
const HOST_KEY =
  /(?:^|[._-]|[a-z](?=[A-Z]))(?:hosts?|hostnames?|servers?|endpoints?|address(?:es)?|domains?|brokers?|nodes?|cname|fqdn)$/i;

/** The hosts that a program would connect to because of a value, in lower case, each once. Linear. */
export function hostsNamedBy(key: string, value: string): readonly string[] {
  const hosts = new Set<string>();
  for (const shape of [IN_URL, WITH_PORT, OF_AWS])
    for (const [, host = ''] of value.matchAll(shape)) hosts.add(host.toLowerCase());
  if (HOST_KEY.test(key)) {
    for (const part of value.split(/[\s,;]+/, 100)) {
      const [, host] = ALONE.exec(part) ?? [];
      if (host !== undefined) hosts.add(host.toLowerCase());
    }
  }
  return [...hosts].filter((host) => host.length <= 253);
}

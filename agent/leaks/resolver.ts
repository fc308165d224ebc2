import { Resolver } from 'node:dns/promises';
import type { ResolveName } from './name-look.ts';

/** A name that is another word for one that is another word, and so on; resolvers give up, too. */
const LONGEST_CHAIN = 8;
const PATIENCE = { timeout: 2000, tries: 2 } as const;

/**
 * Asks the resolvers of /etc/resolv.conf, by c-ares: getaddrinfo(3) says no aliases, and each name that nobody answers for would
 * hold one of the four threads that read files, too. What /etc/hosts says is told by `landfall doctor`.
 * @param servers in their place: `ADDRESS:PORT`.
 */
export function createResolver(servers: readonly string[] = []): ResolveName {
  return async (host, signal) => {
    const resolver = new Resolver(PATIENCE);
    if (servers.length > 0) resolver.setServers(servers);
    const stop = (): void => resolver.cancel();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const aliases: string[] = [];
      let name: string | undefined = host;
      while (name !== undefined && aliases.length < LONGEST_CHAIN) {
        const answer: readonly string[] = await orNone(resolver.resolveCname(name));
        name = answer[0];
        if (name !== undefined) aliases.push(name.toLowerCase().replace(/\.$/, ''));
      }
      const addresses = await Promise.all([orNone(resolver.resolve4(host)), orNone(resolver.resolve6(host))]);
      return { aliases, addresses: addresses.flat() };
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };
}

/** Gives no addresses for a name that nobody knows, or for which nobody answers. */
async function orNone(asked: Promise<readonly string[]>): Promise<readonly string[]> {
  return asked.catch(() => []);
}

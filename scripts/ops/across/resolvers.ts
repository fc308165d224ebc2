import { Resolver } from 'node:dns/promises';
import { usage } from '../console/options.ts';

/** What one resolver says of a name just now. */
export interface Resolution {
  /** `ADDRESS` or `ADDRESS:PORT`, as it was asked. */
  readonly resolver: string;
  /** Sorted, or the name that a CNAME leads to; empty when it has none. */
  readonly addresses: readonly string[];
  /** Seconds for which it may go on saying so; null without an address, and for a CNAME, of which Node does not tell. */
  readonly ttl: number | null;
  /** Why there is no answer: `ETIMEOUT`, `ENOTFOUND`, ... */
  readonly trouble: string | null;
}

/** What of a name is asked for. */
export type AnswerType = 'A' | 'AAAA' | 'CNAME';

/** A DNS name as people write it, without a dot at its end. @throws LandfallError `LF_USAGE`. */
export function readDnsName(option: string, text: string): string {
  const name = text.replace(/\.$/, '').toLowerCase();
  const labels = name.split('.');
  const isName = name.length <= 253 && labels.length > 1;
  if (isName && labels.every((label) => /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/.test(label))) return name;
  throw usage(`${option} ${text}`, 'it is no DNS name', 'Write it as payroll.example.com.');
}

/** Those given, else the ones that this machine uses. @throws LandfallError `LF_USAGE`. */
export function readResolvers(option: string, given: readonly string[]): readonly string[] {
  if (given.length === 0) return new Resolver().getServers();
  for (const resolver of given) {
    try {
      new Resolver().setServers([resolver]);
    } catch {
      const hint = 'Write its address: 192.0.2.53, 127.0.0.1:5353 or [2001:db8::53]:53.';
      throw usage(`${option} ${resolver}`, 'it is no resolver', hint);
    }
  }
  return [...new Set(given)];
}

const TIMEOUT_MS = 2_000;
const TRIES = 2;

/** Asks each of them by itself, over UDP, and TCP where an answer is too long for that. Never rejects. */
export async function askResolvers(
  name: string,
  resolvers: readonly string[],
  signal: AbortSignal,
  type: AnswerType = 'A',
): Promise<readonly Resolution[]> {
  return await Promise.all(resolvers.map((resolver) => askResolver(name, resolver, signal, type)));
}

async function askResolver(
  name: string,
  server: string,
  signal: AbortSignal,
  type: AnswerType,
): Promise<Resolution> {
  // A new one each time: c-ares keeps what it heard for as long as its TTL.
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  resolver.setServers([server]);
  const cancel = (): void => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    if (type === 'CNAME') {
      const targets = await resolver.resolveCname(name);
      const addresses = targets.map((target) => target.toLowerCase());
      return { resolver: server, addresses, ttl: null, trouble: null };
    }
    const records = await (type === 'AAAA'
      ? resolver.resolve6(name, { ttl: true })
      : resolver.resolve4(name, { ttl: true }));
    return {
      resolver: server,
      addresses: records.map(({ address }) => address).toSorted(),
      ttl: Math.min(...records.map(({ ttl }) => ttl)),
      trouble: null,
    };
  } catch (error) {
    const { code } = error as { readonly code?: string };
    return { resolver: server, addresses: [], ttl: null, trouble: code ?? String(error) };
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

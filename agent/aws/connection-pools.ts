import http from 'node:http';
import type https from 'node:https';
import { createRequire } from 'node:module';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { hostOf, isLoopback, type Environment } from './endpoint.ts';

/** The pools of connections that all AWS calls of a process share, hand-signed or made by the SDK. */
export interface ConnectionPools {
  /** For http: only an override can ask for it, and it is never proxied. */
  readonly plain: http.Agent;
  /** For https: through the proxy of the environment, unless the host is loopback or in NO_PROXY. */
  tls(url: Pick<URL, 'hostname'>): https.Agent;
  close(): void;
}

// Bounds what one slow service can pile up; far above what a tick needs.
const POOL = { keepAlive: true, maxSockets: 16, maxFreeSockets: 4 } as const;

/**
 * `ca` is the content of AWS_CA_BUNDLE: as in every AWS tool it replaces the built-in roots. HTTPS_PROXY and NO_PROXY are
 * read from `env`, in either case. Fails with `LF_SETTINGS` when the proxy is no http(s) address.
 */
export function createConnectionPools(options: { ca?: string; env: Environment }): Outcome<ConnectionPools> {
  const { ca, env } = options;
  const proxy = env['https_proxy'] || env['HTTPS_PROXY'];
  if (proxy && !/^https?:$/.test(URL.parse(proxy)?.protocol ?? '')) {
    return fail({
      code: 'LF_SETTINGS',
      operation: 'use',
      subject: 'HTTPS_PROXY',
      cause: 'it is not an http or https address',
      hint: 'Set it to http://HOST:PORT, or unset it.',
    });
  }

  const trust = ca === undefined ? {} : { ca };
  const proxyEnv = { HTTPS_PROXY: proxy ?? '', NO_PROXY: env['no_proxy'] || env['NO_PROXY'] || '' };
  // Plain http is an override on this host or in this VPC: a new connection costs no TLS there, and a kept one costs 40 ms
  // a request with servers that send head and body apart (Nagle against our delayed ACK).
  const plain = new http.Agent({ ...POOL, keepAlive: false });
  const direct = once(() => newTlsAgent({ ...POOL, ...trust }));
  const proxied = proxy ? once(() => newTlsAgent({ ...POOL, ...trust, proxyEnv })) : direct;
  return ok({
    plain,
    tls: (url) => (isLoopback(hostOf(url)) ? direct : proxied).value,
    close: () => {
      plain.destroy();
      for (const agent of [direct, proxied]) if (agent.made) agent.value.destroy();
    },
  });
}

/** TLS costs 5 ms and 5 MiB to load: a command line that only asks the local API, or an override without it, does not pay. */
function newTlsAgent(options: https.AgentOptions): https.Agent {
  const { Agent } = createRequire('/')('node:https') as typeof https;
  return new Agent(options);
}

function once<T>(make: () => T): { readonly made: boolean; readonly value: T } {
  let made: { readonly value: T } | undefined;
  return {
    get made() {
      return made !== undefined;
    },
    get value() {
      made ??= { value: make() };
      return made.value;
    },
  };
}

import http from 'node:http';
import https from 'node:https';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { hostOf, type Environment } from './endpoint.ts';

/** The pools of connections all AWS calls share: hand-signed ones and those of the SDK. */
export interface Agents {
  /** For http: only an override can ask for it, and it is never proxied. */
  readonly plain: http.Agent;
  /** For https: through the proxy of the environment, unless the host is loopback or in NO_PROXY. */
  tls(url: Pick<URL, 'hostname'>): https.Agent;
  close(): void;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

// Bounds what one slow service can pile up; far above what a tick needs.
const POOL = { keepAlive: true, maxSockets: 16, maxFreeSockets: 4 } as const;

/**
 * `ca` is the content of AWS_CA_BUNDLE: as in every AWS tool it replaces the built-in roots. HTTPS_PROXY and NO_PROXY are
 * read from `env`, in either case. Fails with `LF_SETTINGS` when the proxy is no http(s) address.
 */
export function createAgents(options: { ca?: string; env: Environment }): Outcome<Agents> {
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
  // Plain http is an override on this host or in this VPC: a new connection costs no TLS there, and a kept one costs 40 ms
  // a request with servers that send head and body apart (Nagle against our delayed ACK).
  const plain = new http.Agent({ ...POOL, keepAlive: false });
  const direct = new https.Agent({ ...POOL, ...trust });
  const proxied = proxy
    ? new https.Agent({
        ...POOL,
        ...trust,
        proxyEnv: { HTTPS_PROXY: proxy, NO_PROXY: env['no_proxy'] || env['NO_PROXY'] || '' },
      })
    : direct;
  return ok({
    plain,
    tls: (url) => (LOOPBACK.test(hostOf(url)) ? direct : proxied),
    close: () => {
      for (const agent of [plain, direct, proxied]) agent.destroy();
    },
  });
}

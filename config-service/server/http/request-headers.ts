/** What this API looks at in a request. A field sent twice is joined with a comma, as RFC 9110 section 5.3 says. */
export interface RequestHeaders {
  host: string | undefined;
  origin: string | undefined;
  fetchSite: string | undefined;
  accept: string | undefined;
  authorization: string | undefined;
  ifNoneMatch: string | undefined;
  lastEventId: string | undefined;
  contentLength: number;
  /** How the body is framed; `other` is what RFC 9112 does not know, and a server must not guess. */
  transferEncoding: 'none' | 'chunked' | 'other';
  /** The first field that only a proxy adds. */
  proxiedBy: string | undefined;
}

/** One pass over `IncomingMessage.rawHeaders`: cheaper than the parsed record, which is built lazily and never needed here. */
export function readHeaders(raw: readonly string[]): RequestHeaders {
  const headers: RequestHeaders = {
    host: undefined,
    origin: undefined,
    fetchSite: undefined,
    accept: undefined,
    authorization: undefined,
    ifNoneMatch: undefined,
    lastEventId: undefined,
    contentLength: 0,
    transferEncoding: 'none',
    proxiedBy: undefined,
  };
  for (let at = 0; at + 1 < raw.length; at += 2)
    take(headers, (raw[at] ?? '').toLowerCase(), raw[at + 1] ?? '');
  return headers;
}

function take(headers: RequestHeaders, name: string, value: string): void {
  switch (name) {
    case 'host':
      headers.host = join(headers.host, value);
      return;
    case 'origin':
      headers.origin = join(headers.origin, value);
      return;
    case 'sec-fetch-site':
      headers.fetchSite = join(headers.fetchSite, value);
      return;
    case 'accept':
      headers.accept = join(headers.accept, value);
      return;
    case 'authorization':
      headers.authorization = join(headers.authorization, value);
      return;
    case 'if-none-match':
      headers.ifNoneMatch = join(headers.ifNoneMatch, value);
      return;
    case 'last-event-id':
      headers.lastEventId = join(headers.lastEventId, value);
      return;
    case 'content-length':
      headers.contentLength = Number(value);
      return;
    case 'transfer-encoding':
      headers.transferEncoding =
        headers.transferEncoding === 'none' && value.trim().toLowerCase() === 'chunked' ? 'chunked' : 'other';
      return;
    default:
      if (ADDED_BY_PROXIES.test(name)) headers.proxiedBy ??= name;
  }
}

/**
 * What proxies, load balancers and CDNs add by which they can be told from a program: RFC 7239 and 9110, the address of the
 * client in its many names, and the families of Amazon (ELB, CloudFront), Cloudflare, Envoy, Google, Azure, Fastly, Akamai,
 * nginx, Traefik and Varnish. A field that programs send themselves, such as X-Request-Id or traceparent, is none.
 */
const ADDED_BY_PROXIES = new RegExp(
  [
    '^(?:forwarded|via|proxy-.*|cdn-loop|client-ip|true-client-ip|wl-proxy-.*)$',
    '^x-(?:forwarded|original-|envoy-|real-|proxy|proxied|remote-|rewrite-|varnish|nginx|azure-|appengine-|arr-|akamai-)',
    '^x-(?:client-?ip|cluster-client-ip|host|scheme|via|traefik-.*|cloud-trace-context|amz-cf-.*|amzn-.*)$',
    '^(?:cf|cloudfront|fastly|akamai|incap|sucuri)-',
  ].join('|'),
);

function join(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}

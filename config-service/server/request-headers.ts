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
  chunked: boolean;
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
    chunked: false,
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
      headers.chunked = true;
      return;
    default:
      if (name === 'forwarded' || name === 'via' || name.startsWith('x-forwarded'))
        headers.proxiedBy ??= name;
  }
}

function join(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}

import type { RegionName } from './region-name.ts';

/** The URL that a name stands in, cut at the name. */
export interface Address {
  readonly scheme: string;
  /** Without user, password and port. */
  readonly host: string;
  /** Where in the URL the name stands. A bucket of an `s3:` URL is its host. */
  readonly part: 'userinfo' | 'host' | 'path' | 'query';
  /** From the URL's host up to the name. */
  readonly before: string;
}

/** As far back as a window's context goes. */
const REACH = 1024;

/**
 * No URL runs over a blank, a quote or a bracket. A comma or a semicolon separates what stands in a list, of URLs or of
 * parameters, and so does an ampersand before any query: what follows is looked at by itself.
 */
const BREAK = /[\s"'`<>|,;]|^[^?#]*&/;

/**
 * RFC 3986 allows more in user and password; what separates things in a list may not be hidden by an `@` further on. Nor may a
 * backslash: to the WHATWG's URL, which Node and browsers have, it is a slash, and ends the host.
 */
const AUTHORITY = /^([^/?#\s"'`<>,;&|=\\]*@)?(\[[0-9a-fA-F:.]*\]|[A-Za-z0-9._-]*)/;

/** Undefined when no URL runs into the name. */
export function addressAround(text: string, name: RegionName): Address | undefined {
  const floor = Math.max(0, name.start - REACH);
  const reach = text.slice(floor, name.start);
  const separator = reach.lastIndexOf('://');
  if (separator < 0 || BREAK.test(reach.slice(separator + 3))) return undefined;
  const mark = floor + separator;
  const scheme = /[a-z][a-z0-9+.-]{0,20}$/i.exec(text.slice(Math.max(0, mark - 24), mark))?.[0] ?? '';
  const before = text.slice(mark + 3, name.start);
  const boundary = before.search(/[/?#]/);
  const authority = boundary < 0 ? text.slice(mark + 3, name.end + 255) : before.slice(0, boundary);
  const [, userinfo = '', host = ''] = AUTHORITY.exec(authority) ?? [];
  const inAuthority = name.start < mark + 3 + userinfo.length ? 'userinfo' : 'host';
  const part = boundary < 0 ? inAuthority : /[?#]/.test(before) ? 'query' : 'path';
  return { scheme: scheme.toLowerCase(), host, part, before };
}

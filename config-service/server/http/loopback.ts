const LOOPBACK = String.raw`(?:localhost|127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}|\[::1\])(?::\d{1,5})?`;
const AUTHORITY = new RegExp(`^${LOOPBACK}$`, 'i');
const ORIGIN = new RegExp(`^https?://${LOOPBACK}$`, 'i');

/** `host[:port]` as a `Host` field holds it. A name that merely resolves to loopback is not enough: that is DNS rebinding. */
export function isLoopbackAuthority(authority: string): boolean {
  return AUTHORITY.test(authority);
}

/** `null`, the origin of a sandboxed frame or a file, is not loopback. */
export function isLoopbackOrigin(origin: string): boolean {
  return ORIGIN.test(origin);
}

/**
 * The address to bind for a host of the settings; undefined when it is not loopback. `localhost` is never looked up:
 * a resolver may answer anything.
 */
export function loopbackAddress(host: string): string | undefined {
  if (/^localhost$/i.test(host)) return '127.0.0.1';
  if (host === '::1' || host === '[::1]') return '::1';
  return AUTHORITY.test(`${host}:0`) ? host : undefined;
}

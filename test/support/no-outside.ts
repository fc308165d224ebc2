import net from 'node:net';
import dns from 'node:dns';

/**
 * A test that would reach the real network fails. Every connection that is not to loopback or to a Unix socket is refused
 * with a message that names it, and the metadata service is pinned to a loopback port where nothing listens.
 */
process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ??= 'http://127.0.0.1:9';
process.env['AWS_EC2_METADATA_DISABLED'] = 'false';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\]|::ffff:127(\.\d{1,3}){3})$/;

/** Files that share a process all begin with this one. */
const GUARDED = Symbol.for('landfall.no-outside');
const guarded = net.Socket.prototype as { [GUARDED]?: boolean };
if (guarded[GUARDED] !== true) {
  guarded[GUARDED] = true;
  guardConnections();
}

function guardConnections(): void {
  const { connect } = net.Socket.prototype as {
    connect: (this: net.Socket, ...rest: unknown[]) => net.Socket;
  };
  net.Socket.prototype.connect = function guardedConnect(this: net.Socket, ...args: unknown[]): net.Socket {
    const first: unknown = Array.isArray(args[0]) ? (args[0] as unknown[])[0] : args[0];
    const target =
      typeof first === 'object' && first !== null ? (first as { host?: string; path?: string }) : {};
    const host =
      typeof first === 'number' && typeof args[1] === 'string' ? args[1] : (target.host ?? 'localhost');
    if (target.path === undefined && typeof first !== 'string' && !LOOPBACK.test(host)) {
      throw new Error(`a test tried to reach ${host}: only loopback is allowed`);
    }
    return connect.apply(this, args);
  };

  const lookup = dns.lookup;
  Object.assign(dns, {
    lookup: (host: string, ...rest: unknown[]) => {
      if (!LOOPBACK.test(host)) throw new Error(`a test tried to resolve ${host}: only loopback is allowed`);
      return (lookup as (...all: unknown[]) => unknown)(host, ...rest);
    },
  });
}

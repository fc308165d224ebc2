import { createSocket } from 'node:dgram';

export interface Zone {
  readonly addresses: readonly string[];
  readonly ttl: number;
}

export interface DnsServer extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** Names in the order they were asked for. */
  readonly asked: readonly string[];
}

/** A resolver on loopback for one test (RFC 1035, section 4.1): A records over UDP, and no such name for the rest. */
export async function dnsServer(
  answer: (name: string) => Zone | undefined | Promise<Zone | undefined>,
): Promise<DnsServer> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => {
    const { name, end } = nameAt(question, 12);
    asked.push(name);
    void Promise.resolve(answer(name)).then((zone) =>
      socket.send(replyOf(question.subarray(0, end + 4), zone), from.port, from.address),
    );
  });
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
  const { port } = socket.address();
  return {
    address: `127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: () => new Promise<void>((done) => void socket.close(() => done())),
  };
}

function nameAt(message: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

function replyOf(question: Buffer, zone: Zone | undefined): Buffer {
  const head = Buffer.from(question);
  // A response, recursion available; 3 is NXDOMAIN.
  head.writeUInt16BE(0x8180 | (zone ? 0 : 3), 2);
  head.writeUInt16BE(zone?.addresses.length ?? 0, 6);
  head.writeUInt16BE(0, 8);
  head.writeUInt16BE(0, 10);
  const records = (zone?.addresses ?? []).map((address) => {
    const record = Buffer.alloc(16);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(1, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(zone?.ttl ?? 0, 6);
    record.writeUInt16BE(4, 10);
    Buffer.from(address.split('.').map(Number)).copy(record, 12);
    return record;
  });
  return Buffer.concat([head, ...records]);
}

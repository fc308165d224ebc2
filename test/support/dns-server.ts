import { createSocket } from 'node:dgram';

export interface Zone {
  /** The name it is another word for. */
  readonly alias?: string;
  readonly addresses: readonly string[];
  readonly ttl: number;
}

export interface DnsServer extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** Names in the order they were asked for. */
  readonly asked: readonly string[];
}

/** A resolver on loopback for one test (RFC 1035, section 4.1; RFC 3596): A, AAAA and CNAME over UDP, and no such name for the rest. */
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

const CNAME = 5;
const AAAA = 28;

function replyOf(question: Buffer, zone: Zone | undefined): Buffer {
  const head = Buffer.from(question);
  const type = question.readUInt16BE(question.length - 4);
  const addresses = (zone?.addresses ?? []).filter(
    (address) => type !== CNAME && address.includes(':') === (type === AAAA),
  );
  const alias =
    type === CNAME && zone?.alias !== undefined ? [recordOf(type, zone, wireName(zone.alias))] : [];
  // A response, recursion available; 3 is NXDOMAIN.
  head.writeUInt16BE(0x8180 | (zone ? 0 : 3), 2);
  head.writeUInt16BE(addresses.length + alias.length, 6);
  head.writeUInt16BE(0, 8);
  head.writeUInt16BE(0, 10);
  const records = addresses.map((address) => recordOf(type, zone, bytesOf(address)));
  return Buffer.concat([head, ...alias, ...records]);
}

function recordOf(type: number, zone: Zone | undefined, bytes: Buffer): Buffer {
  const record = Buffer.alloc(12);
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(type, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(zone?.ttl ?? 0, 6);
  record.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([record, bytes]);
}

function wireName(name: string): Buffer {
  const labels = name
    .split('.')
    .flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]);
  return Buffer.concat([...labels, Buffer.from([0])]);
}

function bytesOf(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail = ''] = address.split('::');
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail)];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function groups(text: string): readonly string[] {
  return text === '' ? [] : text.split(':');
}

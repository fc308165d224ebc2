import { createServer, type Socket } from 'node:net';
import { Listening } from './listening.ts';
import type { Sink } from './peer.ts';

export interface RelpSink extends Sink, AsyncDisposable {
  readonly port: number;
}

/** The receiving end of RELP (librelp's doc/relp.html): a message is acknowledged once it is kept. */
export async function openRelpSink(): Promise<RelpSink> {
  const arrived: string[] = [];
  const listening = await Listening.open(() =>
    // Acknowledgements are small: Nagle would hold each back until the one before it is acknowledged itself.
    createServer({ noDelay: true }, (socket) => serve(socket, (text) => arrived.push(text))),
  );
  return {
    port: listening.port,
    read: () => arrived.splice(0),
    cut: () => listening.cut(),
    restore: () => listening.restore(),
    [Symbol.asyncDispose]: () => listening.cut(),
  };
}

function serve(socket: Socket, keep: (text: string) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    let answers = '';
    for (let frame = frameIn(rest); frame; frame = frameIn(rest)) {
      rest = rest.subarray(frame.end);
      if (frame.command === 'syslog') keep(frame.data.toString().replace(/\n$/, ''));
      answers += answerTo(frame);
    }
    if (answers !== '') socket.write(answers);
  });
}

interface Frame {
  readonly transaction: string;
  readonly command: string;
  readonly data: Buffer;
  /** Of the frame, in bytes. */
  readonly end: number;
}

/** `transaction SP command SP length [SP data] LF`; undefined while it is not whole. */
function frameIn(bytes: Buffer): Frame | undefined {
  const header = /^(\d+) (\w+) (\d+)([ \n])/.exec(bytes.subarray(0, 64).toString('latin1'));
  if (!header) return undefined;
  const [, transaction = '', command = '', size = ''] = header;
  const length = Number(size);
  // Without data the line feed follows the length at once.
  const end = length === 0 ? header[0].length : header[0].length + length + 1;
  if (bytes.length < end) return undefined;
  return { transaction, command, data: bytes.subarray(header[0].length, header[0].length + length), end };
}

function answerTo({ transaction, command }: Frame): string {
  if (command === 'close') return `${transaction} rsp 0\n0 serverclose 0\n`;
  const offers = '\nrelp_version=0\nrelp_software=head-to-head\ncommands=syslog';
  const data = command === 'open' ? `200 OK${offers}` : '200 OK';
  return `${transaction} rsp ${data.length} ${data}\n`;
}

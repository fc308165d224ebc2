import { dial, type Place } from './raw-http.ts';

/** An agent that is stopped, as tests do with some, answers nobody. */
const PATIENCE_MS = 2000;

/**
 * What an agent remembers of what happened, as a stream of events; nothing where none answers. A stream has no end, but what is remembered
 * is one chunk of it, and the first. @param since an id; what came after it.
 */
export async function rememberedEvents(place: Place, since = 0): Promise<string> {
  const socket = await dial(place).catch(() => undefined);
  if (socket === undefined) return '';
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0);
    const end = (text: string): void => {
      socket.destroy();
      resolve(text);
    };
    socket.setTimeout(PATIENCE_MS, () => end(''));
    socket.on('close', () => end(''));
    socket.on('data', (more: Buffer) => {
      bytes = Buffer.concat([bytes, more]);
      const chunk = firstChunk(bytes);
      if (chunk !== undefined) end(chunk);
    });
    socket.write(`GET /v1/events?since=${since} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  });
}

/** Of an answer in chunks (RFC 9112, 7.1); undefined while there is more to come of it. */
function firstChunk(bytes: Buffer): string | undefined {
  const head = bytes.indexOf('\r\n\r\n');
  const size = bytes.indexOf('\r\n', head + 4);
  if (head < 0 || size < 0) return undefined;
  if (!bytes.subarray(0, head).toString('latin1').startsWith('HTTP/1.1 200 ')) return '';
  const from = size + 2;
  const length = Number.parseInt(bytes.subarray(head + 4, size).toString('latin1'), 16);
  return bytes.length < from + length ? undefined : bytes.subarray(from, from + length).toString('utf8');
}

import { readFile } from 'node:fs/promises';
import { request } from 'node:http';

/** A document of the largest configuration is far below it. */
const LARGEST = 64 * 1024 * 1024;

/**
 * The socket, or the port where one is named. Never the port because the socket is not there: while an agent is down
 * any user of the host can listen at its port.
 */
export function chooseDoor({ socket, url, token, tokenFile, env = process.env }) {
  const readToken = async () =>
    tokenFile === undefined ? token : (await readFile(tokenFile, 'utf8')).trim();
  if (url === undefined) {
    const socketPath = socket ?? env.LANDFALL_SOCKET ?? '/run/landfall/landfall.sock';
    return { name: socketPath, place: { socketPath }, readToken, isTrusted: true };
  }
  const { host, hostname, port } = new URL(url);
  const place = { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? 80 : Number(port) };
  return { name: host, place, readToken, isTrusted: token !== undefined || tokenFile !== undefined };
}

/**
 * One question. Resolves with status, headers and a body that came whole; rejects when it did not, or not within `timeoutMs`.
 * `isHeld` false: it does not keep the program running.
 */
export async function askDoor(door, path, { etag, timeoutMs, signal, isHeld }) {
  const token = await door.readToken();
  const headers = { accept: 'application/json' };
  if (etag !== undefined) headers['if-none-match'] = etag;
  if (token !== undefined && token !== '') headers.authorization = `Bearer ${token}`;
  return new Promise((resolve, reject) => {
    const asked = request({ ...door.place, path, headers, agent: false, signal }, (answer) => {
      const parts = [];
      let size = 0;
      answer.on('data', (part) => {
        size += part.length;
        if (size > LARGEST) asked.destroy(new Error(`${door.name} answers with more than ${LARGEST} bytes`));
        parts.push(part);
      });
      answer.on('error', reject);
      answer.on('close', () => reject(new Error(`${door.name} ended in the middle of an answer`)));
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        resolve({ status: answer.statusCode, headers: answer.headers, text });
      });
    });
    // A time limit of its own: an idle limit of the socket begins anew with each byte that drips in.
    const timer = setTimeout(() => asked.destroy(new Error(`${door.name} does not answer`)), timeoutMs);
    if (!isHeld) timer.unref();
    asked.on('socket', (socket) => {
      if (!isHeld) socket.unref();
    });
    asked.on('close', () => clearTimeout(timer));
    asked.on('error', reject);
    asked.end();
  });
}
